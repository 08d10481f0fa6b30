import { execFileSync } from "node:child_process";
import { join } from "node:path";

export const OPENSSL = "/usr/bin/openssl";

/** A key and a certificate that it has signed itself, for this machine, as files of a folder. */
export function certificateIn(dir: string, name: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const files = ["-nodes", "-days", "1", ...subject, "-keyout", key, "-out", cert];
  execFileSync(OPENSSL, ["req", "-x509", ...curve, ...files], { stdio: "ignore" });
  return { key, cert };
}
