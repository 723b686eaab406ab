import { ACMClient, DescribeCertificateCommand } from "@aws-sdk/client-acm";

export const client = ACMClient;

export const commands = {
  DescribeCertificate: DescribeCertificateCommand,
};
