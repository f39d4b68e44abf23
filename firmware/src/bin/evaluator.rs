//! The evaluator of policies and nothing else, to be weighed: `cargo xtask size --device`. Without the feature `evaluator` the
//! same program without it, which is what start-up costs.
#![no_std]
#![no_main]

use core::hint::black_box;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    black_box(decide());
    stop()
}

/// What a device would judge: all of it is unknown to the compiler.
#[cfg(feature = "evaluator")]
fn decide() -> bool {
    use strongroom_core::Realm;
    use strongroom_core::key::KeyId;
    use strongroom_core::policy::{
        Action, Authorization, ConditionKeys, Decision, Principal, RequestedAction, Resource, Values,
        evaluate,
    };

    struct Keys<'a>(&'a [(&'a str, &'a str)]);

    impl ConditionKeys for Keys<'_> {
        fn values(&self, name: &str) -> Values<'_> {
            self.0
                .iter()
                .find(|(key, _)| *key == name)
                .map_or(Values::Absent, |(_, value)| Values::One(value))
        }
    }

    let policy: &[u8] = black_box(&[0]);
    let Ok(principal) = Principal::parse(black_box("arn:aws:iam::000000000000:root")) else { return false };
    let realm = Realm::default();
    let request = Authorization {
        principal: &principal,
        action: RequestedAction::Ours(black_box(Action::Encrypt)),
        resource: Resource::key(&realm, KeyId::from_bytes(black_box([7; 16]))),
        key_policy: Some(policy),
        identity_policies: black_box(&[&[1], &[2]]),
        keys: &Keys(black_box(&[("kms:ViaService", "s3")])),
    };
    matches!(evaluate(&request).decision, Decision::Allow(_))
}

#[cfg(not(feature = "evaluator"))]
fn decide() -> bool {
    black_box(true)
}

fn stop() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn halt(_: &core::panic::PanicInfo<'_>) -> ! {
    stop()
}
