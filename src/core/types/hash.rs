//! Owns content hashes and the way keys are made of fields.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Serialized as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Hashes `bytes` alone, as `sha256sum` does.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Takes the 32 bytes that [`Digest::0`] gave.
    ///
    /// # Errors
    /// Fails for any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ParseDigestError> {
        bytes.try_into().map(Self).map_err(|_| ParseDigestError)
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// Fails for any other text.
    pub fn parse(text: &str) -> Result<Self, ParseDigestError> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(ParseDigestError);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| ParseDigestError)?;
        }
        Ok(Self(bytes))
    }

    /// The first 16 hexadecimal digits: enough to tell things apart within one tree.
    pub fn short(&self) -> String {
        self.to_string()[..16].to_owned()
    }
}

/// What was read is no SHA-256 digest.
#[derive(Debug, thiserror::Error)]
#[error("not a SHA-256 digest")]
pub struct ParseDigestError;

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Builds a key of named fields: SHA-256 over the kind of key, its format version and each field with its length before
/// it, so that no two different lists of fields give the same bytes.
#[derive(Debug)]
pub struct KeyHasher(Sha256);

impl KeyHasher {
    /// Starts a key. `version` is raised whenever the meaning of a field changes.
    pub fn new(kind: &str, version: u32) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.field(kind.as_bytes());
        hasher.field(&version.to_le_bytes());
        hasher
    }

    /// Adds one field, with its length before it.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The key of the fields so far; fields may still be added for another one.
    pub fn finish(&self) -> Digest {
        Digest(self.0.clone().finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let split = KeyHasher::new("k", 1).field(b"ab").field(b"c").finish();
        let other = KeyHasher::new("k", 1).field(b"a").field(b"bc").finish();
        assert_ne!(split, other);
    }

    #[test]
    fn version_and_kind_flip_the_key() {
        let key = KeyHasher::new("k", 1).field(b"a").finish();
        assert_ne!(key, KeyHasher::new("k", 2).field(b"a").finish());
        assert_ne!(key, KeyHasher::new("l", 1).field(b"a").finish());
    }

    #[test]
    fn text_form_reads_back() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::parse(&digest.to_string()).unwrap(), digest);
        assert!(Digest::parse("zz").is_err());
    }
}
