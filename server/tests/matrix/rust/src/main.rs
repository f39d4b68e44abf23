//! The AWS SDK for Rust: a key, a ciphertext, a data key, and errors by their types.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, KeyState};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The endpoint is plain HTTP here, so no TLS is built in.
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::from_env().http_client(http).load().await;
    let kms = Client::new(&config);

    let made = kms.create_key().description("rust").send().await?;
    let key = made.key_metadata().ok_or("no metadata")?;
    assert_eq!(key.key_state(), Some(&KeyState::Enabled));
    let arn = key.arn().ok_or("no ARN")?;

    let context = HashMap::from([("tenant".to_owned(), "blue".to_owned())]);
    let sealed = kms
        .encrypt()
        .key_id(key.key_id())
        .plaintext(Blob::new(b"hello"))
        .set_encryption_context(Some(context.clone()))
        .send()
        .await?;
    let blob = sealed.ciphertext_blob().ok_or("no ciphertext")?;
    let opened =
        kms.decrypt().ciphertext_blob(blob.clone()).set_encryption_context(Some(context)).send().await?;
    assert_eq!(opened.plaintext().ok_or("no plaintext")?.as_ref(), b"hello");
    assert_eq!(opened.key_id(), Some(arn));

    let refused = kms.decrypt().ciphertext_blob(blob.clone()).send().await;
    let is_ciphertext = |error: &SdkError<DecryptError>| {
        matches!(error.as_service_error(), Some(DecryptError::InvalidCiphertextException(_)))
    };
    assert!(refused.as_ref().is_err_and(is_ciphertext), "{refused:?}");

    let data_key = kms.generate_data_key().key_id(arn).key_spec(DataKeySpec::Aes256).send().await?;
    assert_eq!(data_key.plaintext().ok_or("no data key")?.as_ref().len(), 32);
    assert_eq!(kms.list_keys().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?.len(), 1);
    Ok(())
}
