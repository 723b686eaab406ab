import { DescribeNetworkInterfacesCommand, DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";

export const client = EC2Client;

export const commands = {
  DescribeNetworkInterfaces: DescribeNetworkInterfacesCommand,
  DescribeSecurityGroups: DescribeSecurityGroupsCommand,
};
