import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What starts real servers takes longest and waits most: it comes first, and what computes fills the gaps to the end. */
class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsServers = ({ moduleId }: TestSpecification) =>
      /\/tests\/(smoke|bench|cluster|source\/nats)\//.test(moduleId);
    return [...sorted.filter(startsServers), ...sorted.filter((file) => !startsServers(file))];
  }
}

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // A process for each file would load the sources 270 times. What a module keeps is what pure functions said, so files may share it.
    isolate: false,
    sequence: { sequencer: ServersFirst },
    // What hangs ends; what is slow on a busy machine is not wrong.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
