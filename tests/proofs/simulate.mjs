// Reads requests with the policies that apply to them (JSON) from standard input; prints what IAM would say of each.
import { readFileSync } from "node:fs";
import { runSimulation } from "@cloud-copilot/iam-simulate";

const named = (policies) => policies.map((policy, index) => ({ name: `policy ${index}`, policy }));

const answers = [];
for (const asked of JSON.parse(readFileSync(0, "utf8"))) {
  const response = await runSimulation(
    {
      request: {
        principal: asked.principal,
        action: asked.action,
        resource: { resource: asked.resource, accountId: asked.account },
        contextVariables: asked.context,
      },
      identityPolicies: named(asked.identity_policies),
      resourcePolicy: asked.resource_policy ?? undefined,
      vpcEndpointPolicies: asked.endpoint_policy ? named([asked.endpoint_policy]) : undefined,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  answers.push(response.resultType === "error" ? JSON.stringify(response.errors) : response.overallResult);
}
process.stdout.write(JSON.stringify(answers));
