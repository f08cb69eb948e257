// An OpenID provider on loopback as its authors ship it: oidc-provider with its own development pages, and clients that
// register themselves. argv[2] is JSON: { port, people, thin? }; `people` is a file of { subject: claims }, read each time.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const { port, people, thin = false } = JSON.parse(process.argv[2]);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "RS256", use: "sig" };
const claimsOf = (subject) => JSON.parse(readFileSync(people, "utf8"))[subject] ?? {};

const provider = new Provider(`http://localhost:${port}`, {
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: thin,
  features: { registration: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claimsOf(id) }) }),
});
provider.listen(port, "127.0.0.1", () => process.stdout.write("ready\n"));
// Whoever started this holds the other end: it also ends when that process is killed.
process.stdin.resume().on("end", () => process.exit());
