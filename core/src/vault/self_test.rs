//! The self-test: a vault does not open on primitives that compute something else than they should.

use super::Vault;
use crate::crypto::{generator_health, known_answers};
use crate::error::Error;
use crate::platform::Platform;

impl<P: Platform> Vault<P> {
    /// Asks every primitive for an answer that is known, and looks whether the generator stands still; for a device's power-on,
    /// and whenever it has reason to doubt. If something is wrong the vault is locked. [`Vault::create`], [`Vault::mount`] and
    /// [`Vault::restore`] ask the primitives in any case, and [`Vault::posture`] says how they answered.
    ///
    /// # Errors
    /// [`Error::SelfTest`]: the vault is locked.
    pub fn self_test(&self) -> Result<(), Error> {
        let found = known_answers::<P::Primitives>().and_then(|()| generator_health(self.platform.entropy()));
        found.map_err(|unfit| {
            // If somebody still holds something, whoever asks next is the one to try again.
            let _ = self.lock();
            Error::SelfTest(unfit)
        })
    }

    /// What every opening of a vault begins with.
    pub(super) fn check_primitives(&self) -> Result<(), Error> {
        known_answers::<P::Primitives>().map_err(Error::SelfTest)
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::{Broken, Primitives, Unfit};
    use crate::platform::Platform;
    use crate::ram::{ManualClock, RamCache, RamSink, RamState, RamStorage, SeededEntropy};
    use crate::{Error, NewSlot, NewVault, Protection, Realm, Secret, SlotKind, SlotParameters, Vault};

    struct World<C: Primitives> {
        entropy: SeededEntropy,
        clock: ManualClock,
        storage: RamStorage<16384>,
        sink: RamSink<4096>,
        cache: RamCache<C, 1>,
        state: RamState<C>,
    }

    impl<C: Primitives> World<C> {
        fn vault() -> Vault<Self> {
            Vault::new(World {
                entropy: SeededEntropy::new(1),
                clock: ManualClock::new(),
                storage: RamStorage::new(),
                sink: RamSink::new(),
                cache: RamCache::new(),
                state: RamState::new(),
            })
        }
    }

    impl<C: Primitives> Platform for World<C> {
        type Primitives = C;
        type Entropy = SeededEntropy;
        type Clock = ManualClock;
        type Storage = RamStorage<16384>;
        type AuditSink = RamSink<4096>;
        type Cache = RamCache<C, 1>;
        type State = RamState<C>;
        type Freshness = ();
        type Eraser = ();

        fn entropy(&self) -> &SeededEntropy {
            &self.entropy
        }
        fn clock(&self) -> &ManualClock {
            &self.clock
        }
        fn storage(&self) -> &Self::Storage {
            &self.storage
        }
        fn audit_sink(&self) -> &Self::AuditSink {
            &self.sink
        }
        fn cache(&self) -> &Self::Cache {
            &self.cache
        }
        fn state(&self) -> &Self::State {
            &self.state
        }
        fn freshness(&self) -> &() {
            &()
        }
        fn eraser(&self) -> &() {
            &()
        }
    }

    fn unlock(_: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
        secret.fill_with(|bytes| bytes.fill(7));
        Ok(true)
    }

    fn create<C: Primitives>(vault: &Vault<World<C>>) -> Result<(), Error> {
        let slots = [NewSlot { kind: SlotKind::KeyFile }];
        vault.create(&NewVault { realm: Realm::default(), slots: &slots }, &mut unlock)
    }

    #[test]
    fn no_vault_is_made_or_opened_on_a_broken_primitive_and_the_posture_says_so() {
        let vault = World::<Broken<5>>::vault();
        assert_eq!(create(&vault), Err(Error::SelfTest(Unfit::Cipher)));
        assert_eq!(vault.mount(&mut unlock), Err(Error::SelfTest(Unfit::Cipher)));
        let [first, ..] = vault.posture().unwrap();
        assert_eq!(first, Protection::SelfTestFailed(Unfit::Cipher));
        assert!(!first.is_protected());
    }

    #[test]
    fn an_open_vault_is_locked_when_its_generator_fails_the_test() {
        let vault = World::<Broken<0>>::vault();
        create(&vault).unwrap();
        assert_eq!(vault.self_test(), Ok(()));
        assert!(vault.realm().is_ok());
        vault.platform().entropy.fail_after(0);
        assert_eq!(vault.self_test(), Err(Error::SelfTest(Unfit::Generator)));
        assert_eq!(vault.realm().err(), Some(Error::Locked));
    }
}
