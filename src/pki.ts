import { generateKeyPairSync, randomBytes } from 'node:crypto'
import forge from 'node-forge'

/** A certificate and its private key, both PEM. */
export type Identity = { certificate: string; key: string }

/** A certificate authority and one client of it. */
export type ClientPki = { ca: Identity; client: Identity }

/**
 * A new authority and a client certificate for asking a kubelet. `now` is an argument because a node's clock may differ from
 * this one's: the certificates begin a day before it.
 */
export function clientPki(now: Date, days = 365): ClientPki {
  const caKey = newKey()
  const caName = [{ name: 'commonName', value: 'keel kubelet client CA' }]
  const ca = sign({
    subject: caName,
    issuer: caName,
    key: caKey,
    signer: caKey,
    now,
    days,
    extensions: CA_EXTENSIONS,
  })
  const clientKey = newKey()
  const clientName = [{ name: 'commonName', value: 'keelctl' }]
  const client = sign({
    subject: clientName,
    issuer: caName,
    key: clientKey,
    signer: caKey,
    now,
    days,
    extensions: CLIENT_EXTENSIONS,
  })
  return { ca: { certificate: ca, key: caKey }, client: { certificate: client, key: clientKey } }
}

const CA_EXTENSIONS = [
  { name: 'basicConstraints', cA: true, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
]

const CLIENT_EXTENSIONS = [
  { name: 'basicConstraints', cA: false, critical: true },
  { name: 'keyUsage', digitalSignature: true, critical: true },
  { name: 'extKeyUsage', clientAuth: true },
]

type Request = {
  subject: forge.pki.CertificateField[]
  issuer: forge.pki.CertificateField[]
  key: string
  signer: string
  now: Date
  days: number
  extensions: object[]
}

const DAY_MS = 24 * 60 * 60 * 1000

function sign(request: Request): string {
  const certificate = forge.pki.createCertificate()
  const privateKey = forge.pki.privateKeyFromPem(request.key)
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  // A serial number is positive: its first byte keeps the sign bit clear.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = new Date(request.now.getTime() - DAY_MS)
  certificate.validity.notAfter = new Date(request.now.getTime() + request.days * DAY_MS)
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
