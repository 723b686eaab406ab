import {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  RequestCertificateCommand,
  ResendValidationEmailCommand,
} from "@aws-sdk/client-acm";

export const client = ACMClient;

export const commands = {
  DeleteCertificate: DeleteCertificateCommand,
  DescribeCertificate: DescribeCertificateCommand,
  RequestCertificate: RequestCertificateCommand,
  ResendValidationEmail: ResendValidationEmailCommand,
};
