//! What a parameter may be: the constraints of the service's data model.

/// A parameter, or a member of a structure.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) is_required: bool,
}

/// What a value may be. Lengths are of characters in texts, of decoded bytes in blobs, of items in lists.
#[derive(Debug)]
pub(crate) enum Shape {
    Text {
        min: usize,
        max: usize,
        pattern: Option<&'static Pattern>,
    },
    Word(&'static [&'static str]),
    Blob {
        min: usize,
        max: usize,
    },
    Number {
        min: i64,
        max: i64,
    },
    Truth,
    Moment,
    List {
        min: usize,
        max: usize,
        item: &'static Shape,
    },
    /// Texts by their names.
    Pairs,
    Structure(&'static [Parameter]),
}

/// A regular expression of the data model: as clients are told it, and what it asks for.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) text: &'static str,
    pub(crate) holds: fn(&str) -> bool,
}

pub(crate) const fn optional(name: &'static str, shape: Shape) -> Parameter {
    Parameter { name, shape, is_required: false }
}

pub(crate) const fn required(name: &'static str, shape: Shape) -> Parameter {
    Parameter { name, shape, is_required: true }
}

pub(crate) const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None }
}

pub(crate) const fn matching(min: usize, max: usize, pattern: &'static Pattern) -> Shape {
    Shape::Text { min, max, pattern: Some(pattern) }
}

/// A list of any length.
pub(crate) const fn list(item: &'static Shape) -> Shape {
    Shape::List { min: 0, max: usize::MAX, item }
}

pub(crate) const KEY_ID: Parameter = required("KeyId", text(1, 2048));
pub(crate) const DRY_RUN: Parameter = optional("DryRun", Shape::Truth);
pub(crate) const ENCRYPTION_CONTEXT: Parameter = optional("EncryptionContext", Shape::Pairs);
pub(crate) const GRANT_TOKENS: Parameter =
    optional("GrantTokens", Shape::List { min: 0, max: 10, item: &text(1, 8192) });
pub(crate) const LIMIT: Parameter = optional("Limit", Shape::Number { min: 1, max: 1000 });
pub(crate) const MARKER: Parameter = optional("Marker", matching(1, 1024, &PRINTABLE));
pub(crate) const RECIPIENT: Parameter = optional(
    "Recipient",
    Shape::Structure(&[
        optional("KeyEncryptionAlgorithm", Shape::Word(&["RSAES_OAEP_SHA_256"])),
        optional("AttestationDocument", Shape::Blob { min: 1, max: 262_144 }),
    ]),
);
pub(crate) const TAGS: Shape =
    list(&Shape::Structure(&[required("TagKey", text(1, 128)), required("TagValue", text(0, 256))]));
pub(crate) const POLICY: Shape = matching(1, 131_072, &PRINTABLE_LINES);
pub(crate) const BYPASS: Parameter = optional("BypassPolicyLockoutSafetyCheck", Shape::Truth);
pub(crate) const DESCRIPTION: Shape = text(0, 8192);
pub(crate) const PRINCIPAL: Shape = matching(1, 256, &PRINCIPAL_NAME);
pub(crate) const SERVICE: Shape = matching(1, 128, &SERVICE_NAME);
pub(crate) const PLAIN_NAME: Shape = matching(1, 256, &NAME);
pub(crate) const MATERIAL_ID: Shape = matching(64, 64, &HEX);
pub(crate) const REGION: Shape = matching(1, 32, &REGION_NAME);
pub(crate) const ENCRYPTION_ALGORITHM: Shape =
    Shape::Word(&["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"]);
pub(crate) const CIPHERTEXT: Shape = Shape::Blob { min: 1, max: 6144 };
pub(crate) const MESSAGE: Shape = Shape::Blob { min: 1, max: 4096 };

const PRINTABLE: Pattern = Pattern { text: r"[\u0020-\u00FF]*", holds: |text| all(text, is_printable) };
const PRINTABLE_LINES: Pattern = Pattern {
    text: r"[\u0009\u000A\u000D\u0020-\u00FF]+",
    holds: |text| all(text, |c| is_printable(c) || matches!(c, '\t' | '\n' | '\r')),
};
const PRINCIPAL_NAME: Pattern =
    Pattern { text: r"^[\w+=,.@:/-]+$", holds: |text| all(text, |c| is_word(c) || "+=,.@:/-".contains(c)) };
const SERVICE_NAME: Pattern = Pattern {
    text: r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$",
    holds: |text| {
        let is_label =
            |label: &str| !label.is_empty() && all(label, |c| c.is_ascii_alphanumeric() || c == '-');
        text.split('.').count() >= 3 && text.split('.').all(is_label)
    },
};
const NAME: Pattern = Pattern {
    text: "^[a-zA-Z0-9:/_-]+$",
    holds: |text| all(text, |c| c.is_ascii_alphanumeric() || ":/_-".contains(c)),
};
const HEX: Pattern =
    Pattern { text: "^[a-f0-9]+$", holds: |text| all(text, |c| matches!(c, 'a'..='f' | '0'..='9')) };
pub(crate) const WORD: Pattern = Pattern { text: r"[\w]+", holds: |text| all(text, is_word) };
pub(crate) const MATERIAL_DESCRIPTION: Pattern = Pattern {
    text: r"^[a-zA-Z0-9:/_\s.-]+$",
    holds: |text| all(text, |c| is_word(c) || ":/.- \t\n\r\u{b}\u{c}".contains(c)),
};
const REGION_NAME: Pattern = Pattern {
    text: r"^([a-z]+-){2,3}\d+$",
    holds: |text| {
        let mut parts = text.rsplit('-');
        let is_number =
            parts.next().is_some_and(|last| !last.is_empty() && all(last, |c| c.is_ascii_digit()));
        let words: Vec<&str> = parts.collect();
        let is_name = |word: &&str| !word.is_empty() && all(word, |c| c.is_ascii_lowercase());
        is_number && (2..=3).contains(&words.len()) && words.iter().all(is_name)
    },
};
pub(crate) const XKS_KEY: Pattern =
    Pattern { text: "^[a-zA-Z0-9-_.]+$", holds: |text| all(text, |c| is_word(c) || "-.".contains(c)) };
pub(crate) const SOURCE_ARN: Pattern = Pattern {
    text: "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$",
    // What is let through is refused by name: no such constraint is supported.
    holds: |text| text.starts_with("arn:aws"),
};

fn all(text: &str, holds: impl Fn(char) -> bool) -> bool {
    text.chars().all(holds)
}

fn is_printable(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{ff}')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
