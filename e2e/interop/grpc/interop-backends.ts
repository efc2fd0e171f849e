import { join } from "node:path"
import { startBackend } from "../backend/start-backend.ts"
import { install } from "../servers/install.ts"
import type { Recipe } from "../servers/install.ts"
import { startProgram } from "../servers/program.ts"

/** A gRPC server with the TestService of another gRPC implementation. */
export interface InteropBackend {
  readonly name: string
  /** Starts the server. Rejects with `MissingToolchain` if the server cannot be installed on this machine. */
  start(): Promise<{ readonly address: string; close(): Promise<void> }>
}

const goSources = join(import.meta.dirname, "../servers/go")
const goServer: Recipe = {
  name: "grpc-go-server-v1.85.0",
  file: "grpcserver",
  toolchain: ["go", "version"],
  commands: (folder) => [["go", "build", "-C", goSources, "-o", join(folder, "grpcserver"), "./grpcserver"]],
}

const javaSources = join(import.meta.dirname, "../servers/java")
const javaLibraries: Recipe = {
  name: "grpc-java-1.79.0",
  file: "grpc-interop-testing-1.79.0.jar",
  toolchain: ["mvn", "--version"],
  commands: (folder) => [
    ["java", "--version"],
    [
      ...["mvn", "--quiet", "--batch-mode", "--file", join(javaSources, "pom.xml")],
      ...["dependency:copy-dependencies", `-DoutputDirectory=${folder}`],
    ],
  ],
}

/** All backends of the interop tests. */
export const interopBackends: readonly InteropBackend[] = [
  { name: "grpc-go", start: async () => startListening([await install(goServer)]) },
  { name: "grpc-js", start: startBackend },
  {
    name: "grpc-java",
    async start() {
      const libraries = join(await install(javaLibraries), "../*")
      const program = join(javaSources, "GrpcServer.java")
      return startListening(["java", "--class-path", libraries, program])
    },
  },
]

async function startListening(
  command: readonly [string, ...string[]],
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const program = await startProgram(command, /listening on (\S+)/)
  return { address: program.found, close: program.close }
}
