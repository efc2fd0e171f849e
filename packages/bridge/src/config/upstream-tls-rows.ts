import type { UpstreamTlsConfig } from "../upstream/upstream-config.ts"
import type { Rows } from "./file/section.ts"
import { leaf } from "./file/shape.ts"
import { choice, file, hostName, list, orNull } from "./kind.ts"
import type { UpstreamDefaults } from "./upstream-defaults.ts"

/** TLS to the endpoints of an upstream. */
export function tlsRows(defaults: UpstreamDefaults): Rows<UpstreamTlsConfig> {
  return {
    caFile: {
      name: "ca",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamCaFile,
      meaning: "PEM file of the certificate authorities that the bridge trusts, in place of Node's own list.",
      elsewhere: "Envoy: validation_context.trusted_ca.",
    },
    certFile: {
      name: "cert",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamCertFile,
      meaning: "PEM file of the certificate, with its chain, that the bridge shows to the backends (mutual TLS).",
      elsewhere: "Envoy: tls_certificates.certificate_chain.",
    },
    keyFile: {
      name: "key",
      shape: leaf(orNull(file, "none")),
      fallback: defaults.upstreamKeyFile,
      meaning: "PEM file of that certificate's private key.",
      elsewhere: "Envoy: tls_certificates.private_key.",
    },
    serverName: {
      name: "server-name",
      shape: leaf(orNull(hostName, "none")),
      fallback: defaults.upstreamServerName,
      meaning:
        "The name in the handshake (SNI), which the certificate must be for. Without it: the host of the endpoint.",
      elsewhere: "Envoy: UpstreamTlsContext.sni; gRPC: grpc.ssl_target_name_override.",
    },
    subjectAltNames: {
      name: "subject-alt-names",
      shape: leaf(subjectAltNames),
      fallback: [],
      meaning: "Names of which the certificate must have one. Without them: server-name.",
      elsewhere: "Envoy: match_typed_subject_alt_names.",
    },
    minVersion: {
      name: "min-version",
      shape: leaf({ ...choice(["1.2", "1.3"]), json: { enum: ["1.2", "1.3", 1.2, 1.3] } }),
      fallback: "1.2",
      meaning: "The oldest version of TLS that is spoken.",
      elsewhere: "Envoy: tls_params.tls_minimum_protocol_version.",
    },
  }
}

const subjectAltNames = list("NAME", "a host name such as users.internal", (value) =>
  value !== "" && value.length <= 253 && /^[\x21-\x7e]+$/.test(value)
    ? null
    : `${JSON.stringify(value)} is no name of a certificate: expected a host name such as users.internal, or a URI such as spiffe://cluster.local/ns/users`,
)
