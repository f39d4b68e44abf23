//! `key budget`.

use clap::{Args, ValueEnum};
use serde::Serialize;
use strongroom_std::operation::{GetKeyLastUsage, PutUsageBudget};
use strongroom_std::usage::{BudgetEnd, UsageBudget};

use super::OneKey;
use crate::error::CommandError;
use crate::kms::with_kms;
use crate::output::Output;
use crate::session::VaultOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
It holds for each version alone, also for those there are. Decrypting is never refused.

Examples:
  strongroom key budget alias/settings
  strongroom key budget alias/settings --sealings 1000000 --then rotate")]
pub(crate) struct Budget {
    #[command(flatten)]
    key: OneKey,
    /// How many ciphertexts or MACs a version may make
    #[arg(long, value_name = "NUMBER", requires = "then", conflicts_with = "off")]
    sealings: Option<u64>,
    /// What comes then
    #[arg(long, value_name = "END", requires = "sealings")]
    then: Option<Then>,
    /// Leave only the bound that every key has: 2^48
    #[arg(long)]
    off: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Then {
    /// New material, which has the same budget
    Rotate,
    /// Nothing is encrypted until the budget is raised or the key rotated
    Refuse,
}

#[derive(Serialize)]
struct BudgetInJson {
    sealings: u64,
    then: &'static str,
}

impl BudgetInJson {
    fn of(budget: UsageBudget) -> Self {
        let then = match budget.end {
            BudgetEnd::Rotate => "rotate",
            BudgetEnd::Refuse => "refuse",
        };
        BudgetInJson { sealings: budget.sealings, then }
    }
}

#[derive(Serialize)]
struct Told {
    key_id: String,
    budget: Option<BudgetInJson>,
}

/// Bounds what a key's versions may make, if that is asked, and says how it is bounded.
pub(super) fn run(
    arguments: &Budget,
    options: &VaultOptions,
    output: &mut Output,
) -> Result<(), CommandError> {
    let key = &arguments.key.key;
    let new = arguments.sealings.zip(arguments.then).map(|(sealings, then)| UsageBudget {
        sealings,
        end: match then {
            Then::Rotate => BudgetEnd::Rotate,
            Then::Refuse => BudgetEnd::Refuse,
        },
    });
    let (id, budget) = with_kms(options, |kms| {
        let id = kms.key_id(key)?;
        if new.is_some() || arguments.off {
            kms.ask_about(key, |asked| asked.put_usage_budget(PutUsageBudget { key_id: &id, budget: new }))?;
            return Ok((id, new));
        }
        let budget = kms.ask_about(key, |asked| asked.usage_budget(GetKeyLastUsage { key_id: &id }))?;
        Ok((id, budget))
    })?;
    let budget = budget.map(BudgetInJson::of);
    if output.is_json() {
        return output.json(&Told { key_id: id, budget });
    }
    output.line(&match budget {
        Some(BudgetInJson { sealings, then: "rotate" }) => {
            format!("each version of {id} seals {sealings} times, then the key rotates")
        }
        Some(BudgetInJson { sealings, .. }) => {
            format!("each version of {id} seals {sealings} times, then nothing more until that is changed")
        }
        None => format!("{id} has no budget"),
    })?;
    Ok(())
}
