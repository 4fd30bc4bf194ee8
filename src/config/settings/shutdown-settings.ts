import { setting } from "../setting.js";
import { duration } from "../values.js";

/** How the server goes away when it is asked to. */
export const shutdownSettings = {
  drainDelay: setting(duration("0", "1h").default(0), {
    group: "Shutdown",
    description:
      "time that a server which is asked to end goes on accepting requests, while /health/ready says 503: what a load balancer takes to notice, 5s under Kubernetes",
    placeholder: "duration",
  }),
  drainTimeout: setting(duration("0", "1d").default(25_000), {
    group: "Shutdown",
    description:
      "time that running answers have afterwards; a supervisor should wait for drain-delay, this and 10s more before it kills (Kubernetes waits 30s, Docker 10s unless told otherwise)",
    defaultText: "25s",
    placeholder: "duration",
  }),
};
