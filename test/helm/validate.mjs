// Reads Kubernetes objects (a JSON array) and prints what is wrong with each by the schemas of Kubernetes and of the operators.
// A process of its own: the models are ES modules alone.
import { text } from 'node:stream/consumers';

/** Packages of models by API group; Kubernetes' own groups are in the one that is not named here. */
const packages = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'keda.sh': '@kubernetes-models/keda',
};

async function faultOf(object) {
  const { apiVersion, kind } = object;
  const models = await import(`${packages[apiVersion.split('/')[0]] ?? 'kubernetes-models'}/${apiVersion}`);
  if (!models[kind]) return `${apiVersion} has no ${kind}`;
  try {
    new models[kind](object).validate();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

const faults = [];
for (const object of JSON.parse(await text(process.stdin))) {
  const fault = await faultOf(object);
  if (fault !== undefined) faults.push(`${object.kind} ${object.metadata.name}: ${fault}`);
}
console.log(JSON.stringify(faults));
