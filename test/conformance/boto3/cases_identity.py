"""IAM and STS."""

import json

from harness import case, contains, equal, is_date, refused

# Signs that have to survive forms, URL encoding and XML.
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:List*"],
            "Resource": "arn:aws:s3:::lakehouse-prod-lakehouse/a+b (1)/*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "on & <call> \"quoted\" 100%"}},
        }
    ],
}


@case("iam: users, groups and the account")
def _(aws):
    users = aws.iam.list_users()["Users"]
    equal([user["UserName"] for user in users], ["break-glass", "ci-uploader"])
    user = aws.iam.get_user(UserName="ci-uploader")["User"]
    is_date(user["CreateDate"])
    equal(user["Arn"], f"arn:aws:iam::{aws.account}:user/ci/ci-uploader")
    groups = aws.iam.list_groups_for_user(UserName="ci-uploader")["Groups"]
    equal([group["GroupName"] for group in groups], ["pipelines"])
    equal(aws.iam.list_group_policies(GroupName="pipelines")["PolicyNames"], ["look"])
    look = aws.iam.get_group_policy(GroupName="pipelines", PolicyName="look")["PolicyDocument"]
    equal(look["Statement"][0]["Action"], "ec2:DescribeVpcs")
    equal(aws.iam.list_attached_group_policies(GroupName="pipelines")["AttachedPolicies"], [])
    equal(aws.iam.list_account_aliases()["AccountAliases"], [aws.names["accountAlias"]])
    summary = aws.iam.get_account_summary()["SummaryMap"]
    assert summary["Users"] == 2 and all(isinstance(count, int) for count in summary.values()), summary
    refused("NoSuchEntity", 404, aws.iam.get_user, UserName="nobody")


@case("iam: lists are read by boto3's paginators")
def _(aws):
    whole = [role["RoleName"] for role in aws.iam.list_roles()["Roles"]]
    pages = aws.iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    equal([role["RoleName"] for page in pages for role in page["Roles"]], whole)
    assert len(whole) > 4, whole


@case("iam: roles and their policies are documents, decoded by boto3")
def _(aws):
    role = aws.iam.get_role(RoleName="responder")["Role"]
    is_date(role["CreateDate"])
    equal(role["AssumeRolePolicyDocument"]["Statement"][0]["Action"], "sts:AssumeRole")
    place = {"RoleName": "visitor", "PolicyName": "boto3"}
    aws.iam.put_role_policy(**place, PolicyDocument=json.dumps(POLICY))
    equal(aws.iam.get_role_policy(**place)["PolicyDocument"], POLICY)
    equal(aws.iam.list_role_policies(RoleName="visitor")["PolicyNames"], ["boto3"])
    aws.iam.delete_role_policy(**place)
    refused("NoSuchEntity", 404, aws.iam.get_role_policy, **place)
    refused("MalformedPolicyDocument", 400, aws.iam.put_role_policy, **place, PolicyDocument="{")


@case("iam: inline and attached policies of a user")
def _(aws):
    place = {"UserName": "ci-uploader", "PolicyName": "boto3"}
    aws.iam.put_user_policy(**place, PolicyDocument=json.dumps(POLICY))
    equal(aws.iam.get_user_policy(**place)["PolicyDocument"], POLICY)
    equal(sorted(aws.iam.list_user_policies(UserName="ci-uploader")["PolicyNames"]), ["boto3", "upload"])
    aws.iam.delete_user_policy(**place)
    attached = {"UserName": "ci-uploader", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    aws.iam.attach_user_policy(**attached)
    listed = aws.iam.list_attached_user_policies(UserName="ci-uploader")["AttachedPolicies"]
    equal([policy["PolicyArn"] for policy in listed], [attached["PolicyArn"]])
    aws.iam.detach_user_policy(**attached)
    refused("NoSuchEntity", 404, aws.iam.detach_user_policy, **attached)


@case("iam: managed policies, attached to a role")
def _(aws):
    arn = f"arn:aws:iam::{aws.account}:policy/OnCallOperations"
    policy = aws.iam.get_policy(PolicyArn=arn)["Policy"]
    is_date(policy["CreateDate"])
    versions = aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    equal([version["IsDefaultVersion"] for version in versions], [True])
    version = aws.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    equal(version["Document"]["Version"], "2012-10-17")
    attached = {"RoleName": "visitor", "PolicyArn": arn}
    aws.iam.attach_role_policy(**attached)
    listed = aws.iam.list_attached_role_policies(RoleName="visitor")["AttachedPolicies"]
    equal(listed, [{"PolicyName": "OnCallOperations", "PolicyArn": arn}])
    aws.iam.detach_role_policy(**attached)


@case("iam: access keys, console passwords, MFA devices")
def _(aws):
    key = aws.iam.create_access_key(UserName="break-glass")["AccessKey"]
    is_date(key["CreateDate"])
    named = {"UserName": "break-glass", "AccessKeyId": key["AccessKeyId"]}
    aws.iam.update_access_key(**named, Status="Inactive")
    keys = aws.iam.list_access_keys(UserName="break-glass")["AccessKeyMetadata"]
    equal([one["Status"] for one in keys], ["Active", "Inactive"])
    used = aws.iam.get_access_key_last_used(AccessKeyId="AKIASIMULATEDCIUPLDR")
    is_date(used["AccessKeyLastUsed"]["LastUsedDate"])
    refused("LimitExceeded", 409, aws.iam.create_access_key, UserName="break-glass")
    aws.iam.delete_access_key(**named)
    device = aws.iam.list_mfa_devices(UserName="break-glass")["MFADevices"][0]
    is_date(device["EnableDate"])
    virtual = aws.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    equal([one["SerialNumber"] for one in virtual], [device["SerialNumber"]])
    is_date(aws.iam.get_login_profile(UserName="ci-uploader")["LoginProfile"]["CreateDate"])
    aws.iam.delete_login_profile(UserName="ci-uploader")
    refused("NoSuchEntity", 404, aws.iam.get_login_profile, UserName="ci-uploader")


@case("iam: the policy simulator, and everything in one list")
def _(aws):
    resource = f"arn:aws:s3:::{aws.names['lakehouseBucket']}/a"
    answer = aws.iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{aws.account}:user/ci/ci-uploader",
        ActionNames=["s3:PutObject", "s3:DeleteObject"],
        ResourceArns=[resource],
    )
    results = answer["EvaluationResults"]
    equal([result["EvalDecision"] for result in results], ["allowed", "implicitDeny"])
    matched = results[0]["MatchedStatements"][0]
    assert matched["StartPosition"]["Line"] >= 1, matched
    custom = aws.iam.simulate_custom_policy(
        PolicyInputList=[json.dumps(POLICY)], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/c"]
    )
    equal(custom["EvaluationResults"][0]["EvalDecision"], "implicitDeny")
    details = aws.iam.get_account_authorization_details(Filter=["User", "Role", "LocalManagedPolicy"])
    equal([user["UserName"] for user in details["UserDetailList"]], ["break-glass", "ci-uploader"])
    assert details["RoleDetailList"] and details["Policies"], details


@case("sts: who calls, and temporary credentials that are used")
def _(aws):
    caller = aws.sts.get_caller_identity()
    equal(caller["Account"], aws.account)
    role = f"arn:aws:iam::{aws.account}:role/visitor"
    assumed = aws.sts.assume_role(RoleArn=role, RoleSessionName="boto3@example.com", DurationSeconds=3600)
    is_date(assumed["Credentials"]["Expiration"])
    guest = aws.signed_by(assumed["Credentials"])
    arn = f"arn:aws:sts::{aws.account}:assumed-role/visitor/boto3@example.com"
    equal(guest.sts.get_caller_identity()["Arn"], arn)
    refused("AccessDenied", 403, guest.iam.list_users)
    missing = f"{role}-not"
    refused("AccessDenied", 403, aws.sts.assume_role, RoleArn=missing, RoleSessionName="nobody")


@case("sts: a user's session token, and whose a key is")
def _(aws):
    keys = {"AccessKeyId": "AKIASIMULATEDBRGLASS", "SecretAccessKey": "simulated", "SessionToken": None}
    user = aws.signed_by(keys)
    is_date(user.sts.get_session_token(DurationSeconds=3600)["Credentials"]["Expiration"])
    contains(aws.sts.get_access_key_info(AccessKeyId="AKIASIMULATEDBRGLASS"), {"Account": aws.account})


@case("kms: keys with their policies, states and grants")
def _(aws):
    key = aws.kms.create_key(Description="boto3")["KeyMetadata"]
    is_date(key["CreationDate"])
    named = {"KeyId": key["KeyId"]}
    equal(key["Arn"], aws.arn("kms", f"key/{key['KeyId']}"))
    equal(aws.kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]["KeyState"], "Enabled")
    equal(aws.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"], "AWS")
    policy = json.loads(aws.kms.get_key_policy(**named)["Policy"])
    policy["Statement"][0]["Sid"] = "Root"
    aws.kms.put_key_policy(**named, Policy=json.dumps(policy))
    equal(json.loads(aws.kms.get_key_policy(**named)["Policy"]), policy)
    grantee = f"arn:aws:iam::{aws.account}:role/responder"
    aws.kms.create_grant(**named, GranteePrincipal=grantee, Operations=["Decrypt", "GenerateDataKey"])
    equal([grant["GranteePrincipal"] for grant in aws.kms.list_grants(**named)["Grants"]], [grantee])
    aws.kms.disable_key(**named)
    aws.kms.enable_key(**named)
    is_date(aws.kms.schedule_key_deletion(**named)["DeletionDate"])
    refused("KMSInvalidStateException", 400, aws.kms.enable_key, **named)
    aws.kms.cancel_key_deletion(**named)
    equal(aws.kms.describe_key(**named)["KeyMetadata"]["KeyState"], "Disabled")
    refused("NotFoundException", 400, aws.kms.describe_key, KeyId="alias/nobody")
    refused("MalformedPolicyDocumentException", 400, aws.kms.put_key_policy, **named, Policy="{")
