//! Signatures of saved plans: who released a plan is checked on the node that it changes.
//!
//! Keys and signatures are those of Ed25519 (RFC 8032), in the forms that OpenSSL reads and writes. What is signed is the text
//! of the file as it is, so that any program can check it.

use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ed25519_compact::{KeyPair, PublicKey, Signature};

/// The key of whoever releases plans. It is never printed.
pub struct SigningKey(KeyPair);

/// The key that tells whether a plan was released.
#[derive(Debug, Clone)]
pub struct VerifyingKey(PublicKey);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not the key that signs.
    #[error(
        "expected an Ed25519 private key without a passphrase, in PEM form, as `openssl genpkey -algorithm ed25519` writes it"
    )]
    NotPrivate,
    /// It is not the key that verifies.
    #[error("expected an Ed25519 public key in PEM form, as `openssl pkey -pubout` writes it")]
    NotPublic,
    /// It is the key that signs, where the one that verifies is needed.
    #[error(
        "this is a private key, which does not belong on a node; expected its public key, as `openssl pkey -pubout` writes it"
    )]
    Private,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// The key in a text: PKCS #8 in PEM form.
    ///
    /// # Errors
    /// When it is another key, or none.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        KeyPair::from_pem(text).map(Self).map_err(|_| KeyError::NotPrivate)
    }

    /// The signature of a text, in base64. Of one text it is always the same.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        BASE64.encode(self.0.sk.sign(text, None).as_ref())
    }
}

impl VerifyingKey {
    /// The key in a text: `SubjectPublicKeyInfo` in PEM form.
    ///
    /// # Errors
    /// When it is another key, or none.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        PublicKey::from_pem(text).map(Self).map_err(|_| KeyError::NotPublic)
    }

    /// Whether its owner signed a text: `signature` is in base64, with any white space around it.
    #[must_use]
    pub fn has_signed(&self, text: &str, signature: &str) -> bool {
        let signature = BASE64.decode(signature.trim().as_bytes()).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify(text, &signature).is_ok())
    }
}

/// Where the signature of a plan is, unless another place is named: `plan.json.sig` beside `plan.json`.
#[must_use]
pub fn signature_file(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> (SigningKey, VerifyingKey) {
        let pair = KeyPair::from_seed(ed25519_compact::Seed::new([seed; 32]));
        let signing = SigningKey::from_pem(&pair.to_pem()).expect("it is a private key");
        (signing, VerifyingKey::from_pem(&pair.pk.to_pem()).expect("it is a public key"))
    }

    #[test]
    fn only_the_text_that_was_signed_by_the_owner_is_signed() {
        let ((signing, verifying), (other, _)) = (key(1), key(2));
        let text = "{\n  \"kind\": \"NodePlan\"\n}\n";
        let signature = signing.sign(text);
        assert!(verifying.has_signed(text, &signature));
        assert!(verifying.has_signed(text, &format!("{signature}\r\n")));
        assert!(!verifying.has_signed(text, &other.sign(text)));
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).expect("it is ASCII");
            assert!(!verifying.has_signed(&changed, &signature), "{changed}");
        }
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            let letter = if changed.as_bytes()[at] == b'A' { "B" } else { "A" };
            changed.replace_range(at..=at, letter);
            assert!(!verifying.has_signed(text, &changed), "{changed}");
            assert!(!verifying.has_signed(text, &signature[..at]), "{at}");
        }
    }

    /// The example of RFC 8032, section 7.1, test 2: another program would sign the same.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let seed = data_encoding::HEXLOWER.decode(seed.as_bytes()).unwrap();
        let pair = KeyPair::from_seed(ed25519_compact::Seed::from_slice(&seed).unwrap());
        let signature = BASE64.decode(SigningKey(pair).sign("\u{72}").as_bytes()).unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(data_encoding::HEXLOWER.encode(&signature), expected);
    }

    #[test]
    fn what_is_no_key_is_named() {
        let pair = KeyPair::from_seed(ed25519_compact::Seed::new([3; 32]));
        assert_eq!(VerifyingKey::from_pem(&pair.to_pem()).unwrap_err(), KeyError::Private);
        assert_eq!(VerifyingKey::from_pem("").unwrap_err(), KeyError::NotPublic);
        assert_eq!(SigningKey::from_pem(&pair.pk.to_pem()).unwrap_err(), KeyError::NotPrivate);
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4CAQAw\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert_eq!(SigningKey::from_pem(encrypted).unwrap_err(), KeyError::NotPrivate);
        assert!(!format!("{:?}", SigningKey(pair)).contains('['));
    }
}
