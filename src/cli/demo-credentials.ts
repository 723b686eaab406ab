/** The fixed credentials of the demo: they open nothing anywhere. */
export const DEMO_CREDENTIALS = { accessKeyId: "ASIASIMULATEDRESPOND", secretAccessKey: "simulated" };
