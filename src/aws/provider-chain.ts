// A module of its own, so that the provider chain is a chunk that the demo never loads.
export { fromNodeProviderChain } from "@aws-sdk/credential-providers";
