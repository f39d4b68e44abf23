//! CreateAlias, UpdateAlias, DeleteAlias: other names of keys.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::key::{is_alias_name, is_reserved_alias};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{AliasChange, Change, Vault};

/// Gives a key another name (AWS KMS API Reference, *CreateAlias*).
#[derive(Clone, Copy, Debug)]
pub struct CreateAlias<'a> {
    /// The name: `alias/` and `A-Z a-z 0-9 / _ -`, at most 256 bytes, not beginning with `alias/aws/`.
    pub alias_name: &'a str,
    /// A key id or key ARN.
    pub target_key_id: &'a str,
}

/// Gives an alias to another key of the same usage (AWS KMS API Reference, *UpdateAlias*).
#[derive(Clone, Copy, Debug)]
pub struct UpdateAlias<'a> {
    /// The name of the alias.
    pub alias_name: &'a str,
    /// A key id or key ARN.
    pub target_key_id: &'a str,
}

/// Takes an alias away; the key stays (AWS KMS API Reference, *DeleteAlias*).
#[derive(Clone, Copy, Debug)]
pub struct DeleteAlias<'a> {
    /// The name of the alias.
    pub alias_name: &'a str,
}

impl<P: Platform> Vault<P> {
    /// Gives a key another name, durably. The caller needs permission on the alias and on the key.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::InvalidAliasName`]: the name is reserved; [`Error::LimitExceeded`]: the key has 50
    /// already. Others: see [`Error`]. Nothing has changed, except after [`Error::Storage`] and [`Error::Anchor`], which
    /// end the session.
    pub fn create_alias(&self, caller: &Caller<'_>, request: CreateAlias<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }

    /// Gives an alias to another key, durably; whoever goes by the alias uses that key from then on. The caller needs
    /// permission on the alias and on both keys.
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such alias, or no such key; [`Error::Validation`]: the keys are not of one usage;
    /// [`Error::LimitExceeded`]: the new key has 50 already; [`Error::Capacity`]: the records of both keys do not fit into the
    /// working memory of the platform's [`crate::platform::State`] together: delete the alias, and create it on the other key;
    /// [`Error::Busy`]: it was given to another key meanwhile. Others: see [`Error`]. Nothing has changed, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn update_alias(&self, caller: &Caller<'_>, request: UpdateAlias<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }

    /// Takes an alias away, durably. The caller needs permission on the alias and on the key.
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such alias; [`Error::Busy`]: it was given to another key meanwhile. Others: see [`Error`].
    /// Nothing has changed, except after [`Error::Storage`] and [`Error::Anchor`], which end the session.
    pub fn delete_alias(&self, caller: &Caller<'_>, request: DeleteAlias<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(drop)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    if is_alias_name(name) { Ok(()) } else { Err(Error::Validation(Parameter::AliasName)) }
}

/// Stages a change, which is judged when it is committed.
fn stage<'a>(change: AliasChange<'a>) -> Done<'a, ()> {
    Done { change: Some(Change::Alias(change)), ..Done::with(()) }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for CreateAlias<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::CreateAlias
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.alias_name)?;
        let key = Named::text(Action::CreateAlias, self.target_key_id)?;
        if is_reserved_alias(self.alias_name) {
            return Err(Error::InvalidAliasName);
        }
        Ok(Parsed::on_alias(self.alias_name, key))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(stage(AliasChange::Create { name: self.alias_name, key_id: scene.key()?.key_id }))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for UpdateAlias<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::UpdateAlias
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.alias_name)?;
        let key = Named::text(Action::UpdateAlias, self.target_key_id)?;
        let old = Some(Named::alias(Action::UpdateAlias, self.alias_name));
        Ok(Parsed { source_key: old, ..Parsed::on_alias(self.alias_name, key) })
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let (from, to) = (scene.source_key()?.key_id, scene.key()?.key_id);
        Ok(stage(AliasChange::Move { name: self.alias_name, from, to }))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DeleteAlias<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DeleteAlias
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.alias_name)?;
        let key = Named::alias(Action::DeleteAlias, self.alias_name);
        Ok(Parsed::on_alias(self.alias_name, key))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(stage(AliasChange::Remove { name: self.alias_name, key_id: scene.key()?.key_id }))
    }
}
