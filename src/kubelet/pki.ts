import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import forge from 'node-forge'

/** A certificate and its private key, both PEM. */
export type Identity = { certificate: string; key: string }

/** A certificate authority and one client of it. */
export type ClientPki = { ca: Identity; client: Identity }

/** From when to when a certificate is valid. */
export type Validity = { from: Date; to: Date }

/**
 * A new authority and a client certificate for asking a kubelet. `now` is an argument because a node's clock may differ from
 * this one's: the certificates begin a day before it.
 */
export function clientPki(now: Date, days = 365): ClientPki {
  const validity = {
    from: new Date(now.getTime() - DAY_MS),
    to: new Date(now.getTime() + days * DAY_MS),
  }
  const ca = authority('keel kubelet client CA', validity)
  return { ca, client: issue(ca, 'keelctl', CLIENT_EXTENSIONS, validity) }
}

/** A new certificate authority. */
export function authority(name: string, validity: Validity): Identity {
  const key = newKey()
  const names = [{ name: 'commonName', value: name }]
  const certificate = sign({
    subject: names,
    issuer: names,
    key,
    signer: key,
    extensions: CA_EXTENSIONS,
    ...validity,
  })
  return { certificate, key }
}

/** A certificate for a web server that is reached by an address or by a name. */
export function serverIdentity(ca: Identity, host: string, validity: Validity): Identity {
  const name = isIP(host) ? { type: SAN_ADDRESS, ip: host } : { type: SAN_NAME, value: host }
  const alternatives = { name: 'subjectAltName', altNames: [name] }
  return issue(ca, host, [...SERVER_EXTENSIONS, alternatives], validity)
}

function issue(ca: Identity, name: string, extensions: object[], validity: Validity): Identity {
  const key = newKey()
  const issuer = forge.pki.certificateFromPem(ca.certificate).subject.attributes
  const subject = [{ name: 'commonName', value: name }]
  return { certificate: sign({ subject, issuer, key, signer: ca.key, extensions, ...validity }), key }
}

/** The kinds of alternative names that are a DNS name and an IP address (RFC 5280, GeneralName). */
const [SAN_NAME, SAN_ADDRESS] = [2, 7]

const CA_EXTENSIONS = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
]

const CLIENT_EXTENSIONS = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', clientAuth: true },
]

const SERVER_EXTENSIONS = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', serverAuth: true },
]

type Request = Validity & {
  subject: forge.pki.CertificateField[]
  issuer: forge.pki.CertificateField[]
  key: string
  signer: string
  extensions: object[]
}

const DAY_MS = 24 * 60 * 60 * 1000

function sign(request: Request): string {
  const certificate = forge.pki.createCertificate()
  const privateKey = forge.pki.privateKeyFromPem(request.key)
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  // A serial number is positive: its first byte keeps the sign bit clear.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = request.from
  certificate.validity.notAfter = request.to
  certificate.setSubject(request.subject)
  certificate.setIssuer(request.issuer)
  certificate.setExtensions(request.extensions)
  certificate.sign(forge.pki.privateKeyFromPem(request.signer), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate)
}

/** forge makes keys in JavaScript, which takes seconds; Node's own take milliseconds. */
function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
}
