"""A model that names itself in its answer is not blind any more; the judge is shown the answer without that name.

Only self-identification is taken out, in thirteen languages: a name in the first person ("I am …", "As …, I"), a maker
("I was made by …"), a signature, a credit line, a field such as `model` beside the answer. What the case itself names
stays: the judge reads its texts anyway, and an answer has to be able to speak of them.

Where a name can be somebody else's, it stays. "I am ChatGPT" is enough. "I am Claude" needs something beside it that
only a model says of itself (a version, a maker, "language model"), or nothing beside it but a greeting. "I am Nova"
needs the former. A name that is missed gives a judge a hint; one that is taken from a person spoils a right answer.

Limits: a turn of phrase or a name that the lists do not have, and style, by which a judge may know a model without any
name. Patterns are matched by RE2, in time linear in the answer.
"""

from skill_benchmark.domain.self_identification.redaction import REMOVED, Redacted, redact

__all__ = ["REMOVED", "Redacted", "redact"]
