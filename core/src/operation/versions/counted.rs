//! The one way to use a version of a key: what is released was counted before, durably.

use crate::error::Error;
use crate::flow::Scene;
use crate::key::{KeyFacts, KeyId};
use crate::keyring::{self, BackingKey};
use crate::limits::WALK_RETRIES;
use crate::operation::encryption::sealed_message::SealedUnder;
use crate::platform::{Cache, Platform};
use crate::usage::{LastUse, Rest, Use};
use crate::vault::{Reserved, return_rest};

/// How often one request waits for new material: somebody else may use that up before it does.
pub(in crate::operation) const ROTATIONS_MAX: usize = 2;

/// What came of it.
pub(in crate::operation) enum Used {
    /// It was used, and counted.
    Done(SealedUnder),
    /// It has reached its budget and was not used: this is the key with its new version.
    Rotated(KeyFacts),
}

/// What one lend came to.
enum Lent {
    Used(SealedUnder),
    /// It was used and is not counted yet.
    Uncounted(SealedUnder, Rest),
    /// No use of it is left to count.
    Empty(Rest),
    Failed(Error),
}

/// Uses a version that was lent.
type UseKey<'u, C> = dyn FnMut(&BackingKey<C>) -> Result<SealedUnder, Error> + 'u;

/// Lends a version to `use_key` and counts that as a use if it succeeds; `None` if there is no such version. Sealing needs
/// room beforehand, so that a new version can take its place; opening is counted once it is known to have succeeded, so that
/// what does not open costs nothing. A dry run is not counted.
pub(in crate::operation) fn use_version<P: Platform>(
    scene: &Scene<'_, P>,
    key_id: &KeyId,
    version: u32,
    what: Use,
    use_key: &mut UseKey<'_, P::Primitives>,
) -> Result<Option<Used>, Error> {
    let (vault, platform) = (scene.vault, scene.vault.platform());
    let by = LastUse { operation: scene.action, time_ms: scene.time_ms, request_id: scene.request_id };
    // What was granted and lies with no copy yet: a copy that is forgotten meanwhile does not take it along.
    let mut in_hand: Option<Rest> = None;
    for _ in 0..=WALK_RETRIES {
        let lent = keyring::lend_backing_key(platform, key_id, version, |key| {
            let usage = &key.usage;
            if let Some(granted) = in_hand.take() {
                usage.accept(&granted);
            }
            if !scene.is_dry_run && what == Use::Sealing && !usage.has_room(what, by.time_ms) {
                return Lent::Empty(usage.take());
            }
            match use_key(key) {
                Ok(made) if scene.is_dry_run || usage.count(what, by) => Lent::Used(made),
                Ok(made) => Lent::Uncounted(made, usage.take()),
                Err(error) => Lent::Failed(error),
            }
        });
        if let Some(unused) = in_hand.take() {
            return_rest(platform, &unused);
        }
        match lent? {
            None => return Ok(None),
            Some(Lent::Used(made)) => {
                if scene.is_dry_run && what == Use::Sealing {
                    vault.check_budget(key_id, version)?;
                }
                return Ok(Some(Used::Done(made)));
            }
            Some(Lent::Failed(error)) => return Err(error),
            Some(Lent::Uncounted(made, rest)) => {
                let mut granted = match vault.reserve_usage(what, &rest, by.time_ms)? {
                    Reserved::Granted(granted) => granted,
                    Reserved::Rotated(facts) => return Ok(Some(Used::Rotated(facts))),
                };
                granted.count(what, by);
                let accept = |key: &BackingKey<P::Primitives>| key.usage.accept(&granted);
                if platform.cache().lend_backing_key(key_id, version, accept)?.is_none() {
                    return_rest(platform, &granted);
                }
                return Ok(Some(Used::Done(made)));
            }
            Some(Lent::Empty(rest)) => match vault.reserve_usage(what, &rest, by.time_ms)? {
                Reserved::Granted(granted) => in_hand = Some(granted),
                Reserved::Rotated(facts) => return Ok(Some(Used::Rotated(facts))),
            },
        }
    }
    if let Some(unused) = in_hand {
        return_rest(platform, &unused);
    }
    Err(Error::Busy)
}
