// Holds every item of the list on standard input against Kubernetes' published schemas, as the
// package kubernetes-models carries them. Prints a line for each that is not so.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.PACKAGES + "/");
const kinds = {
  "v1 Service": require("kubernetes-models/v1").Service,
  "discovery.k8s.io/v1 EndpointSlice": require("kubernetes-models/discovery.k8s.io/v1").EndpointSlice,
};
const list = JSON.parse(readFileSync(0, "utf8"));
for (const item of list.items) {
  const kind = `${item.apiVersion} ${item.kind}`;
  try {
    if (!(kind in kinds)) throw new Error("no such kind is known here");
    new kinds[kind](item).validate();
  } catch (error) {
    console.log(`${kind} ${item.metadata?.name}: ${error.message}`);
  }
}
