//! PutQuotas, DescribeQuotas: the vault's quotas. Actions of ours, on the vault itself.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::quota::Quotas;
use crate::vault::{Change, Vault};

/// Sets every quota of the vault. What there is already above a quota stays; nothing more is made.
#[derive(Clone, Copy, Debug)]
pub struct PutQuotas {
    /// The quotas.
    pub quotas: Quotas,
}

/// Tells the quotas of the vault.
#[derive(Clone, Copy, Debug)]
pub struct DescribeQuotas;

impl<P: Platform> Vault<P> {
    /// Sets the quotas, durably. The first bound on the number of keys counts them: one read each.
    ///
    /// # Errors
    /// See [`Error`]. The quotas are as they were.
    pub fn put_quotas(&self, caller: &Caller<'_>, request: PutQuotas) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Tells the quotas.
    ///
    /// # Errors
    /// [`Error::Damaged`]: they cannot be read; putting them anew helps.
    pub fn describe_quotas(&self, caller: &Caller<'_>, request: DescribeQuotas) -> Result<Quotas, Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PutQuotas {
    type Output = ();

    fn action(&self) -> Action {
        Action::PutQuotas
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let Quotas {
            keys, aliases_per_key, grants_per_key, on_demand_rotations_per_key, tags_per_key, ..
        } = self.quotas;
        let bounds = [keys, aliases_per_key, grants_per_key, on_demand_rotations_per_key, tags_per_key];
        // The largest number says on the medium that there is none.
        if bounds.contains(&Some(u32::MAX)) {
            return Err(Error::Validation(Parameter::Quotas));
        }
        Ok(Parsed::on_vault(Action::PutQuotas))
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(Done { change: Some(Change::Quotas(self.quotas)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DescribeQuotas {
    type Output = Quotas;

    fn action(&self) -> Action {
        Action::DescribeQuotas
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::DescribeQuotas))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Quotas>, Error> {
        Ok(Done::with(scene.vault.quotas()?))
    }
}
