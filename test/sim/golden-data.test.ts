import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { FORM_HEADERS, jsonHeaders, raw } from "../support/raw-call.ts";
import { testSimulator } from "../support/simulator.ts";

const withoutId = (text: string) => text.replace(/(<RequestI[dD]>|<requestId>)[^<]+/, "$1ID");

test("awsJson 1.0 of DynamoDB: attribute values, blobs in base64, an error", async () => {
  const { endpoint } = await testSimulator();
  const call = (operation: string, body: string) =>
    raw(endpoint, "dynamodb", { headers: jsonHeaders(`DynamoDB_20120810.${operation}`, "1.0"), body });
  const put = await call(
    "PutItem",
    '{"TableName":"lakehouse-prod-nessie","Item":{"pk":{"S":"a"},"sk":{"S":"kůň"},"number":{"N":"1.50"},"bytes":{"B":"AAH/"},"list":{"L":[{"NULL":true},{"M":{"k":{"BOOL":false}}}]},"set":{"SS":["x"]}}}',
  );
  expect([put.status, put.type, put.text]).toEqual([200, "application/x-amz-json-1.0", "{}"]);
  const got = await call("GetItem", '{"TableName":"lakehouse-prod-nessie","Key":{"pk":{"S":"a"},"sk":{"S":"kůň"}}}');
  expect(got.text).toBe(
    '{"Item":{"pk":{"S":"a"},"sk":{"S":"kůň"},"number":{"N":"1.5"},"bytes":{"B":"AAH/"},"list":{"L":[{"NULL":true},{"M":{"k":{"BOOL":false}}}]},"set":{"SS":["x"]}}}',
  );
  const failed = await call("GetItem", '{"TableName":"nope","Key":{"pk":{"S":"a"}}}');
  expect([failed.status, JSON.parse(failed.text)]).toEqual([
    400,
    { __type: "com.amazonaws.dynamodb#ResourceNotFoundException", message: "Requested resource not found" },
  ]);
});

test("ec2Query: lists in the form, names of their own in the answer, the request id inside, an error", async () => {
  const { endpoint } = await testSimulator();
  const call = (body: string) => raw(endpoint, "ec2", { headers: FORM_HEADERS, body: `Version=2016-11-15&${body}` });
  const regions = await call("Action=DescribeRegions&RegionName.1=us-east-1&RegionName.2=eu-west-1");
  expect([regions.status, regions.type, withoutId(regions.text)]).toEqual([
    200,
    "text/xml",
    '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>ID</requestId><regionInfo><item><optInStatus>opt-in-not-required</optInStatus><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint></item><item><optInStatus>opt-in-not-required</optInStatus><regionName>us-east-1</regionName><regionEndpoint>ec2.us-east-1.amazonaws.com</regionEndpoint></item></regionInfo></DescribeRegionsResponse>',
  ]);
  const added = await call(
    "Action=AuthorizeSecurityGroupIngress&GroupId=sg-0da9000000000000a&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=8443&IpPermissions.1.IpRanges.1.CidrIp=10.1.0.0%2F16",
  );
  expect(added.text.replace(/sgr-[0-9a-f]+/, "sgr")).toContain(
    "<return>true</return><securityGroupRuleSet><item><securityGroupRuleId>sgr</securityGroupRuleId><groupId>sg-0da9000000000000a</groupId><groupOwnerId>111122223333</groupOwnerId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>8443</toPort><cidrIpv4>10.1.0.0/16</cidrIpv4>",
  );
  const failed = await call("Action=DescribeSecurityGroups&GroupId.1=sg-0123");
  expect([failed.status, withoutId(failed.text)]).toEqual([
    400,
    "<Response><Errors><Error><Code>InvalidGroup.NotFound</Code><Message>The security group &#39;sg-0123&#39; does not exist</Message></Error></Errors><RequestID>ID</RequestID></Response>",
  ]);
});

test("restJson of Lake Formation: the operation is the path, dates are epoch seconds, an error", async () => {
  const { endpoint } = await testSimulator();
  const describe = (arn: string) =>
    raw(endpoint, "lakeformation", {
      path: "/DescribeResource",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ResourceArn: arn }),
    });
  const found = await describe("arn:aws:s3:::lakehouse-prod-lakehouse");
  expect([found.status, found.type, JSON.parse(found.text).ResourceInfo]).toEqual([
    200,
    "application/json",
    {
      ResourceArn: "arn:aws:s3:::lakehouse-prod-lakehouse",
      RoleArn: "arn:aws:iam::111122223333:role/lakehouse-prod-lakeformation",
      LastModified: Date.UTC(2026, 9, 11, 3) / 1000,
      WithFederation: false,
      HybridAccessEnabled: false,
    },
  ]);
  const failed = await describe("arn:aws:s3:::nope");
  expect([failed.status, failed.errorType, JSON.parse(failed.text).Message]).toEqual([
    400,
    "EntityNotFoundException",
    "Resource: arn:aws:s3:::nope is not registered.",
  ]);
});

test("restXml of S3: a body as it is, metadata and entity tag as headers, a list, an error", async () => {
  const { endpoint } = await testSimulator();
  const bucket = "/my-tf-state";
  const headers = { "x-amz-meta-table": "orders", "content-type": "text/plain" };
  const put = await raw(endpoint, "s3", { method: "PUT", path: `${bucket}/a%20b`, headers, body: "hello" });
  expect([put.status, put.text]).toEqual([200, ""]);
  const got = await raw(endpoint, "s3", { method: "GET", path: `${bucket}/a%20b` });
  expect([got.status, got.type, got.text, got.headers.get("x-amz-meta-table")]).toEqual([
    200,
    "text/plain",
    "hello",
    "orders",
  ]);
  const listed = await raw(endpoint, "s3", { method: "GET", path: `${bucket}?list-type=2&prefix=a%20b&max-keys=5` });
  expect(listed.text).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\s*<ListBucketResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/,
  );
  for (const element of [
    "<Name>my-tf-state</Name>",
    "<Prefix>a b</Prefix>",
    "<KeyCount>1</KeyCount>",
    "<MaxKeys>5</MaxKeys>",
    "<IsTruncated>false</IsTruncated>",
    "<Key>a b</Key>",
    "<Size>5</Size>",
    "<StorageClass>STANDARD</StorageClass>",
  ]) {
    expect(listed.text).toContain(element);
  }
  const failed = await raw(endpoint, "s3", { method: "GET", path: `${bucket}/nope` });
  expect([failed.status, withoutId(failed.text)]).toEqual([
    404,
    "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><RequestId>ID</RequestId></Error>",
  ]);
});

/**
 * One message of `vnd.amazon.eventstream`: total length, length of the headers and the CRC-32 of both (4 bytes each, big
 * endian), headers, payload, CRC-32 of all before. A header: length of the name, name, type 7 (string), 2 bytes of length, value.
 */
function readMessage(bytes: Buffer): { headers: Record<string, string>; payload: string; rest: Buffer } | undefined {
  if (bytes.length < 12 || bytes.length < bytes.readUInt32BE(0)) return undefined;
  const [total, headersLength] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  expect(bytes.readUInt32BE(8)).toBe(crc32(bytes.subarray(0, 8)));
  expect(bytes.readUInt32BE(total - 4)).toBe(crc32(bytes.subarray(0, total - 4)));
  const headers: Record<string, string> = {};
  let at = 12;
  while (at < 12 + headersLength) {
    const nameEnd = at + 1 + bytes[at]!;
    expect(bytes[nameEnd]).toBe(7);
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers[bytes.toString("utf8", at + 1, nameEnd)] = bytes.toString("utf8", nameEnd + 3, valueEnd);
    at = valueEnd;
  }
  return { headers, payload: bytes.toString("utf8", at, total - 4), rest: bytes.subarray(total) };
}

test("the event stream of a live tail, byte by byte", async () => {
  const { endpoint, world } = await testSimulator();
  const { names } = world;
  const arn = `arn:aws:logs:${names.region}:${names.accountId}:log-group:${names.logGroup}`;
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIAGOLDEN/20261123/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=00";
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { authorization, ...jsonHeaders("Logs_20140328.StartLiveTail", "1.1") },
    body: JSON.stringify({ logGroupIdentifiers: [arn] }),
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/vnd.amazon.eventstream"]);
  const messages: NonNullable<ReturnType<typeof readMessage>>[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of answer.body!) {
    bytes = Buffer.concat([bytes, chunk]);
    for (let message = readMessage(bytes); message; message = readMessage(bytes)) {
      messages.push(message);
      bytes = message.rest;
    }
    if (messages.length >= 2) break;
  }
  const [initial, start] = messages;
  expect(initial?.headers).toMatchObject({ ":message-type": "event", ":event-type": "initial-response" });
  expect(start?.headers).toEqual({
    ":message-type": "event",
    ":event-type": "sessionStart",
    ":content-type": expect.stringMatching(/^application\/(x-amz-json-1\.1|json)$/),
  });
  expect(JSON.parse(start!.payload)).toMatchObject({ logGroupIdentifiers: [arn], logStreamNames: [] });
});
