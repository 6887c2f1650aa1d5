"""Which models are of one family: made by one company, and said to prefer each other's answers."""

import re
from functools import lru_cache

_FAMILIES = {
    "anthropic": ("claude", "anthropic"),
    "openai": ("gpt", "chatgpt", "openai", "o1", "o3", "o4", "davinci"),
    "google": ("gemini", "gemma", "palm", "google"),
    "meta": ("llama", "meta"),
    "mistral": ("mistral", "mixtral", "ministral", "magistral", "codestral", "pixtral"),
    "amazon": ("nova", "titan", "amazon"),
    "alibaba": ("qwen", "qwq"),
    "deepseek": ("deepseek",),
    "xai": ("grok", "xai"),
    "cohere": ("command", "cohere"),
    "microsoft": ("phi", "microsoft"),
    "moonshot": ("kimi", "moonshot"),
    "zhipu": ("glm", "chatglm", "zhipu"),
    "ai21": ("jamba", "ai21"),
}


@lru_cache(maxsize=1_024)
def family_of(model: str) -> str | None:
    """The family of a model id, with or without a provider before its name; None for one that is not known."""
    for word in re.findall(r"[a-z0-9]+", model.lower()):
        for family, names in _FAMILIES.items():
            # Names continue with digits: llama3, gpt4o. A name that continues with letters is another name.
            if any(re.fullmatch(rf"{name}\d*\w?", word) for name in names):
                return family
    return None


def same_family(judge: str, model: str) -> bool | None:
    """Whether a judge and a model are of one family; None where that is not known."""
    if judge == model:
        return True
    families = family_of(judge), family_of(model)
    return None if None in families else families[0] == families[1]
