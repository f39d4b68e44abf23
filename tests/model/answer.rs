//! What is answered, in words that the vault and the model both understand.

use strongroom_core::key::{KeyOrigin, KeySpec, KeyState, VersionCause, VersionState};
use strongroom_core::quota::Quotas;
use strongroom_core::usage::UsageBudget;

/// Facts, or the name of the exception.
pub type Outcome = Result<Answer, &'static str>;

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Done,
    Facts(Facts),
    Described(Facts, String),
    Keys(Vec<usize>),
    Versions(Vec<VersionEntry>),
    Schedule(Option<Schedule>),
    ImportToken(usize),
    Imported(u32, Facts),
    Aliases(Vec<AliasEntry>),
    Tags(Vec<(String, String)>),
    Grant(usize),
    Grants(Vec<usize>),
    /// A new ciphertext: its number, and what sealed it.
    Sealed {
        message: usize,
        under: Under,
    },
    ReSealed {
        message: usize,
        under: Under,
        before: Under,
    },
    Opened {
        under: Under,
        is_what_was_sealed: bool,
    },
    /// A new MAC: its number, and what made it.
    Mac {
        mac: usize,
        by: Under,
    },
    Verified {
        by: Under,
    },
    Usage(Usage),
    Budget(Option<UsageBudget>),
    /// Names of callers.
    Names(Vec<String>),
    /// A caller: who it is, and since when.
    Caller {
        principal: &'static str,
        written_ms: Option<u64>,
    },
    /// How many access keys of a caller can be used, and how many cannot.
    AccessKeys {
        active: usize,
        inactive: usize,
    },
    Quotas(Quotas),
    /// The numbers of key slots.
    Slots(Vec<u8>),
    Milliseconds(u64),
    Ticked {
        failed: u32,
        is_more_due: bool,
    },
}

/// How much a version was used: exactly, or as far as it was counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    pub is_tracked: bool,
    /// At least and at most.
    pub sealings: [u64; 2],
    pub openings: [u64; 2],
    /// How many of the sealings are counted on any platform: those under a budget.
    pub bounded_sealings: u64,
    pub is_in_use: bool,
}

impl Usage {
    /// Whether what was counted does not contradict what was: never too little, and nothing without counting.
    fn covers(&self, was: &Usage) -> bool {
        let holds = |[least, most]: [u64; 2], [exactly, _]: [u64; 2]| (least..=most).contains(&exactly);
        let is_covered = holds(self.sealings, was.sealings)
            && holds(self.openings, was.openings)
            && (self.is_in_use || !was.is_in_use);
        self.sealings[1] >= was.bounded_sealings && (!self.is_tracked || is_covered)
    }
}

/// Whether the vault answered what the model says.
pub fn agree(found: &Result<Answer, &str>, expected: &Outcome) -> bool {
    match (found, expected) {
        (Ok(Answer::Usage(found)), Ok(Answer::Usage(expected))) => found.covers(expected),
        _ => found == expected,
    }
}

/// A key and one of its versions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Under {
    pub key: usize,
    pub version: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub key: usize,
    pub state: KeyState,
    pub spec: KeySpec,
    pub origin: KeyOrigin,
    pub created_ms: Option<u64>,
    pub current: u32,
    pub newest: u32,
    pub on_demand_rotations: u32,
    pub rotation: Option<Schedule>,
    pub deletion: Option<Deletion>,
    pub expires_ms: Option<u64>,
    pub missing_materials: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    pub days: u16,
    pub next_ms: u64,
}

/// The end of a key or a version, as it is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deletion {
    pub days: u16,
    pub due_ms: u64,
    /// Known once it was found to be due.
    pub destroy_at_observed_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct VersionEntry {
    pub version: u32,
    pub state: VersionState,
    pub cause: VersionCause,
    pub since_ms: Option<u64>,
    pub expires_ms: Option<u64>,
    pub destruction: Option<Deletion>,
    pub has_material: bool,
    pub is_primary: bool,
    pub is_pending_rotation: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AliasEntry {
    pub name: String,
    pub key: usize,
    pub created_ms: Option<u64>,
    pub last_updated_ms: Option<u64>,
}
