import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Instrumentations that install together, with a `run.mjs` that performs scenarios under one of them. */
export interface Group {
  readonly name: string;
  readonly folder: string;
  readonly runs: readonly GroupRun[];
}

export interface GroupRun {
  readonly name: string;
  /** What the run is about, as `name version`: the client library and its instrumentation. */
  readonly packages: readonly string[];
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly costspan: {
    readonly runs: readonly string[];
    readonly packages?: Readonly<Record<string, readonly string[]>>;
  };
}

const GROUPS_FOLDER = fileURLToPath(new URL('../groups', import.meta.url));

/** What every group needs to export spans, and what says nothing about how they come about. */
const PLUMBING = /^(@opentelemetry\/(?!instrumentation-|auto-)|zod$)/;

export function groupNames(): string[] {
  return readdirSync(GROUPS_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** Reads the group's `package.json`. */
export function readGroup(name: string): Group {
  const folder = join(GROUPS_FOLDER, name);
  const { dependencies, costspan } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const telling = Object.keys(dependencies).filter((dependency) => !PLUMBING.test(dependency));
  return {
    name,
    folder,
    runs: costspan.runs.map((run) => ({
      name: run,
      packages: (costspan.packages?.[run] ?? telling).map((dependency) => {
        const version = dependencies[dependency];
        if (version === undefined) throw new Error(`${name}: ${dependency} is no dependency of the group`);
        return `${dependency} ${version}`;
      }),
    })),
  };
}
