//! Material that comes to the endpoint wrapped with HPKE.

use base64ct::{Base64, Encoding};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeS, Serializable, single_shot_seal};

use super::kept::Kept;
use super::raw::Sent;

/// Wraps material as format.md, 7.4, says; the public key is the end of its DER.
fn wrap(public_key: &[u8], token: &[u8], material: &[u8]) -> Vec<u8> {
    let public_key = &public_key[public_key.len() - 32..];
    let public_key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public_key).unwrap();
    let info = [&b"SRiw"[..], token].concat();
    let (encapsulated, sealed) = single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public_key,
        &info,
        material,
        b"",
    )
    .unwrap();
    [&encapsulated.to_bytes()[..], &sealed].concat()
}

#[test]
fn material_wrapped_with_hpke_is_imported_over_the_endpoint_and_seals() {
    let kept = Kept::start();
    let ask = |operation: &str, body: &str| {
        let answer = Sent::by(&kept.alice, operation, body).send(kept.address());
        let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        (answer.status, value)
    };
    let blob =
        |value: &serde_json::Value, name: &str| Base64::decode_vec(value[name].as_str().unwrap()).unwrap();
    let made = ask("CreateKey", r#"{"Origin":"EXTERNAL"}"#).1;
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let import = |bound_to: Option<&[u8]>| {
        let body = format!(r#"{{"KeyId":"{key}","WrappingKeySpec":"X25519"}}"#);
        let (status, parameters) = ask("GetParametersForHpkeImport", &body);
        assert_eq!(status, 200, "{parameters}");
        let (public_key, token) = (blob(&parameters, "PublicKey"), blob(&parameters, "ImportToken"));
        let wrapped = wrap(&public_key, bound_to.unwrap_or(&token), &[0x5a; 32]);
        let (token, wrapped) = (Base64::encode_string(&token), Base64::encode_string(&wrapped));
        let body = format!(
            r#"{{"KeyId":"{key}","ImportToken":"{token}","EncryptedKeyMaterial":"{wrapped}","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"}}"#
        );
        ask("ImportKeyMaterial", &body)
    };
    // What was wrapped for another token does not unwrap with this one's key.
    let (status, refused) = import(Some(b"another"));
    assert_eq!((status, &refused["__type"]), (400, &"InvalidCiphertextException".into()));
    let (status, imported) = import(None);
    assert_eq!(status, 200, "{imported}");

    let (status, sealed) = ask("Encrypt", &format!(r#"{{"KeyId":"{key}","Plaintext":"aGVsbG8="}}"#));
    assert_eq!(status, 200, "{sealed}");
    let opened = ask("Decrypt", &format!(r#"{{"CiphertextBlob":{}}}"#, sealed["CiphertextBlob"])).1;
    assert_eq!(opened["Plaintext"], "aGVsbG8=");
    assert!(opened["KeyId"].as_str().unwrap().ends_with(&key));
}
