// The AWS SDK for JavaScript, and the AWS Encryption SDK on top of it.

import assert from 'node:assert/strict'
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ListKeysCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms'
import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node'

const kms = new KMSClient({})
const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ Description: 'node' }))
assert.equal(key.KeyState, 'Enabled')
assert.ok(key.CreationDate instanceof Date && Date.now() - key.CreationDate < 60_000)

const EncryptionContext = { tenant: 'blue' }
const sealed = await kms.send(
  new EncryptCommand({ KeyId: key.KeyId, Plaintext: Buffer.from('hello'), EncryptionContext }),
)
const opened = await kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }))
assert.equal(Buffer.from(opened.Plaintext).toString(), 'hello')
assert.equal(opened.KeyId, key.Arn)
await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: 'none' })), { name: 'NotFoundException' })
await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob })), {
  name: 'InvalidCiphertextException',
})
assert.equal((await kms.send(new ListKeysCommand({}))).Keys.length, 1)

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keyring = new KmsKeyringNode({ generatorKeyId: key.Arn })
const { result } = await encrypt(keyring, 'a message', { encryptionContext: { tenant: 'blue' } })
await kms.send(new RotateKeyOnDemandCommand({ KeyId: key.KeyId }))
const { plaintext, messageHeader } = await decrypt(keyring, result)
assert.equal(plaintext.toString(), 'a message')
assert.equal(messageHeader.encryptionContext.tenant, 'blue')
