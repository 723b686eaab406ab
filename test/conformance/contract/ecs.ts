import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { expect } from "vitest";
import { casesOf, isRecent, refusal, unique } from "../server.ts";

const CONTAINER: ContainerDefinition = {
  name: "app",
  image: "ghcr.io/example/app:1.2.3",
  essential: true,
  portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: "tcp" }],
  environment: [
    { name: "EMPTY", value: "" },
    { name: "GREETING", value: 'žluťoučký kůň 🐎 \\ "quoted" <&>\n' },
  ],
};

/** Clusters, services, tasks and task definitions. The template's service is called by both servers' names. */
export const ecs = casesOf("ecs", {
  "a cluster is listed and described; one that is not there is a failure": async ({ clients, names }) => {
    const arn = `arn:aws:ecs:${names.region}:${names.accountId}:cluster/${names.cluster}`;
    expect((await clients.ecs.listClusters({})).clusterArns).toContain(arn);
    const { clusters, failures } = await clients.ecs.describeClusters({ clusters: [names.cluster, "nope"] });
    expect(clusters).toMatchObject([{ clusterArn: arn, clusterName: names.cluster, status: "ACTIVE" }]);
    expect(failures).toEqual([{ arn: arn.replace(names.cluster, "nope"), reason: "MISSING" }]);
  },

  "a cluster counts its services and tasks": async ({ clients, names }) => {
    const { clusters: [cluster] = [] } = await clients.ecs.describeClusters({ clusters: [names.cluster] });
    expect([cluster?.activeServicesCount, cluster?.runningTasksCount, cluster?.pendingTasksCount]).toEqual([1, 2, 0]);
  },

  "a service is found by its name and by its ARN": async ({ clients: { ecs }, names }) => {
    const { serviceArns } = await ecs.listServices({ cluster: names.cluster });
    const arn = `arn:aws:ecs:${names.region}:${names.accountId}:service/${names.cluster}/${names.service}`;
    expect(serviceArns).toEqual([arn]);
    for (const name of [names.service, arn]) {
      const { services, failures } = await ecs.describeServices({ cluster: names.cluster, services: [name] });
      expect(failures).toEqual([]);
      expect(services).toMatchObject([
        {
          serviceArn: arn,
          serviceName: names.service,
          status: "ACTIVE",
          launchType: "FARGATE",
          desiredCount: 2,
          schedulingStrategy: "REPLICA",
          clusterArn: `arn:aws:ecs:${names.region}:${names.accountId}:cluster/${names.cluster}`,
          taskDefinition: expect.stringMatching(new RegExp(`:task-definition/${names.taskFamily}:1$`)),
          loadBalancers: [{ containerName: "nessie", containerPort: 19_120 }],
          deployments: [{ status: "PRIMARY", desiredCount: 2 }],
        },
      ]);
    }
  },

  "a service tells when it was created": async ({ clients: { ecs }, names }) => {
    const { services } = await ecs.describeServices({ cluster: names.cluster, services: [names.service] });
    expect(services?.[0]?.createdAt).toBeInstanceOf(Date);
  },

  "tags are told to who asks for them": async ({ clients: { ecs }, names }) => {
    const named = { cluster: names.cluster, services: [names.service] };
    const [plain] = (await ecs.describeServices(named)).services ?? [];
    expect(plain?.tags ?? []).toEqual([]);
    const [tagged] = (await ecs.describeServices({ ...named, include: ["TAGS"] })).services ?? [];
    expect(tagged?.tags).toContainEqual({ key: "Project", value: "lakehouse" });
    const { tags } = await ecs.listTagsForResource({ resourceArn: plain!.serviceArn! });
    expect(tags).toEqual(tagged?.tags);
  },

  "a service, a cluster and a definition that are not there": async ({ clients: { ecs }, names }) => {
    const { services, failures } = await ecs.describeServices({ cluster: names.cluster, services: ["nope"] });
    expect(services).toEqual([]);
    expect(failures).toMatchObject([{ arn: expect.stringMatching(/:service\/.*nope$/), reason: "MISSING" }]);
    const noCluster = { name: "ClusterNotFoundException", status: 400 };
    expect(await refusal(ecs.listServices({ cluster: "nope" }))).toEqual(noCluster);
    expect(await refusal(ecs.describeServices({ cluster: "nope", services: ["nessie"] }))).toEqual(noCluster);
    expect(await refusal(ecs.updateService({ cluster: names.cluster, service: "nope", desiredCount: 1 }))).toEqual({
      name: "ServiceNotFoundException",
      status: 400,
    });
    expect(await refusal(ecs.describeTaskDefinition({ taskDefinition: "nope" }))).toEqual({
      name: "ClientException",
      status: 400,
    });
  },

  "a service is scaled": async ({ clients: { ecs }, names }) => {
    const named = { cluster: names.cluster, service: names.service };
    const { service } = await ecs.updateService({ ...named, desiredCount: 3 });
    expect([service?.serviceName, service?.desiredCount]).toEqual([names.service, 3]);
    const { services } = await ecs.describeServices({ cluster: names.cluster, services: [names.service] });
    expect(services?.[0]?.desiredCount).toBe(3);
    expect((await ecs.updateService({ ...named, desiredCount: 2 })).service?.desiredCount).toBe(2);
  },

  "a scaled service's deployment wants as many tasks": async ({ clients: { ecs }, names }) => {
    const named = { cluster: names.cluster, service: names.service };
    const { service } = await ecs.updateService({ ...named, desiredCount: 3 });
    await ecs.updateService({ ...named, desiredCount: 2 });
    expect(service?.deployments?.[0]?.desiredCount).toBe(3);
  },

  "a definition comes back as it was registered": async ({ clients: { ecs }, names }) => {
    const family = unique("contract-round-trip");
    const { taskDefinition: registered } = await ecs.registerTaskDefinition({
      family,
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: [CONTAINER],
    });
    const arn = `arn:aws:ecs:${names.region}:${names.accountId}:task-definition/${family}:1`;
    expect(registered).toMatchObject({
      taskDefinitionArn: arn,
      family,
      revision: 1,
      status: "ACTIVE",
      cpu: "256",
      memory: "512",
      networkMode: "awsvpc",
      containerDefinitions: [
        {
          name: "app",
          image: "ghcr.io/example/app:1.2.3",
          essential: true,
          environment: CONTAINER.environment,
          portMappings: [{ containerPort: 8080, protocol: "tcp" }],
        },
      ],
    });
    for (const taskDefinition of [family, `${family}:1`, arn]) {
      const described = await ecs.describeTaskDefinition({ taskDefinition });
      expect(described.taskDefinition).toMatchObject({ taskDefinitionArn: arn, revision: 1 });
      expect(described.taskDefinition?.containerDefinitions?.[0]?.environment).toEqual(CONTAINER.environment);
    }
  },

  "revisions count up, and are listed in order": async ({ clients: { ecs } }) => {
    const family = unique("contract-revisions");
    const registration = { family, cpu: "256", memory: "512", containerDefinitions: [CONTAINER] };
    for (const revision of [1, 2, 3]) {
      expect((await ecs.registerTaskDefinition(registration)).taskDefinition?.revision).toBe(revision);
    }
    const revisionsOf = (arns: string[] | undefined) => arns?.map((arn) => arn.split(":").pop());
    const listed = await ecs.listTaskDefinitions({ familyPrefix: family });
    expect(revisionsOf(listed.taskDefinitionArns)).toEqual(["1", "2", "3"]);
    expect((await ecs.describeTaskDefinition({ taskDefinition: family })).taskDefinition?.revision).toBe(3);
  },

  "revisions are listed the newest first": async ({ clients: { ecs } }) => {
    const family = unique("contract-newest");
    const registration = { family, cpu: "256", memory: "512", containerDefinitions: [CONTAINER] };
    for (let count = 0; count < 2; count++) await ecs.registerTaskDefinition(registration);
    const { taskDefinitionArns: arns } = await ecs.listTaskDefinitions({ familyPrefix: family, sort: "DESC" });
    expect(arns?.map((arn) => arn.split(":").pop())).toEqual(["2", "1"]);
  },

  "definitions are listed page by page": async ({ clients: { ecs } }) => {
    const family = unique("contract-pages");
    const registration = { family, cpu: "256", memory: "512", containerDefinitions: [CONTAINER] };
    for (let count = 0; count < 3; count++) await ecs.registerTaskDefinition(registration);
    const first = await ecs.listTaskDefinitions({ familyPrefix: family, maxResults: 2 });
    expect([first.taskDefinitionArns?.length, typeof first.nextToken]).toEqual([2, "string"]);
    const rest = await ecs.listTaskDefinitions({ familyPrefix: family, maxResults: 2, nextToken: first.nextToken! });
    expect([rest.taskDefinitionArns?.length, rest.nextToken]).toEqual([1, undefined]);
  },

  "a task that is not there is a failure": async ({ clients: { ecs }, names }) => {
    const { cluster } = names;
    const { tasks, failures } = await ecs.describeTasks({ cluster, tasks: ["0".repeat(32)] });
    const arn = `arn:aws:ecs:${names.region}:${names.accountId}:task/${cluster}/${"0".repeat(32)}`;
    expect([tasks, failures]).toEqual([[], [{ arn, reason: "MISSING" }]]);
  },

  "a service's tasks are listed, described and stopped": async ({ clients: { ecs }, names, settle }) => {
    const { cluster } = names;
    const { taskArns = [] } = await ecs.listTasks({ cluster, serviceName: names.service });
    expect(taskArns).toHaveLength(2);
    const { tasks, failures } = await ecs.describeTasks({ cluster, tasks: taskArns });
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    for (const task of tasks ?? []) {
      expect(task).toMatchObject({ desiredStatus: "RUNNING", launchType: "FARGATE" });
      expect(task.containers?.[0]?.name).toBe("nessie");
    }
    const { task: stopping } = await ecs.stopTask({ cluster, task: taskArns[0]!, reason: "kůň & <reason>" });
    expect(stopping).toMatchObject({ taskArn: taskArns[0], desiredStatus: "STOPPED", stoppedReason: "kůň & <reason>" });
    await settle(120_000);
    const { tasks: after } = await ecs.describeTasks({ cluster, tasks: [taskArns[0]!] });
    expect(after?.[0]).toMatchObject({ desiredStatus: "STOPPED", stoppedReason: "kůň & <reason>" });
    const { taskArns: stopped } = await ecs.listTasks({ cluster, desiredStatus: "STOPPED" });
    expect(stopped).toContain(taskArns[0]);
  },

  "a service's tasks run, and one that was stopped is told when and why": async (server) => {
    const { ecs } = server.clients;
    const { cluster, service: serviceName } = server.names;
    await server.settle(300_000);
    const { taskArns: [task = ""] = [] } = await ecs.listTasks({ cluster, serviceName });
    const state = async () => (await ecs.describeTasks({ cluster, tasks: [task] })).tasks?.[0];
    const running = { lastStatus: "RUNNING", connectivity: "CONNECTED", createdAt: expect.any(Date) };
    expect(await state()).toMatchObject(running);
    await ecs.stopTask({ cluster, task });
    await server.settle(120_000);
    const stopped = await state();
    expect(stopped).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated" });
    expect(isRecent(stopped?.stoppedAt)).toBe(true);
  },
});
