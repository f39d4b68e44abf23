//! Changing whom a role trusts: the record and the event, in one commit.

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::format::audit_entry::Event;
use crate::format::caller_record;
use crate::format::trust_record::{TRUST_RECORD_LEN, TrustRecord, role_name};
use crate::operation::PutRoleTrust;
use crate::platform::{Entropy, Platform};
use crate::policy::Principal;
use crate::tree::Plan;

/// Lends whom a role trusts; `None` if it trusts nobody.
pub(crate) fn lend_trust<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    name: &str,
    read: impl FnOnce(&TrustRecord<'_>) -> Result<R, Error>,
) -> Result<Option<R>, Error> {
    let mut buffer = [0; TRUST_RECORD_LEN + sr1::OVERHEAD];
    let view = snapshot.view(platform.storage());
    let Some(plaintext) = view.record(&snapshot.keys.names.trust(name), &mut buffer)? else {
        return Ok(None);
    };
    match TrustRecord::read(plaintext) {
        Ok(record) if record.name() == name => read(&record).map(Some),
        Ok(_) | Err(_) => Err(Error::Damaged(Part::Record)),
    }
}

impl<P: Platform> Vault<P> {
    #[inline(never)]
    pub(super) fn apply_to_trust(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        request: &PutRoleTrust<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let view = snapshot.view(platform.storage());
        let names = &snapshot.keys.names;
        let PutRoleTrust { role, principals, external_id } = *request;
        let plaintext = view.record(&names.caller(role), scratch)?.ok_or(Error::NotFound)?;
        let stored = caller_record::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
        let is_role = Principal::parse(stored.principal)?.type_name() == "Role";
        // Whoever assumes a role names it by its ARN: it must be found by that.
        if !is_role || role_name(stored.principal) != role {
            return Err(Error::Validation(Parameter::Role));
        }
        let address = names.trust(role);
        let mut buffer = [0; TRUST_RECORD_LEN + sr1::OVERHEAD];
        let mut plan = Plan::new();
        plan.start(&view)?;
        let mut written = None;
        if principals.is_empty() {
            if !view.holds(&address)? {
                return Err(Error::NotFound);
            }
            plan.remove(&view, &address)?;
        } else {
            let mut trust_id = [0; 16];
            platform.entropy().fill(&mut trust_id).map_err(|_| Error::Entropy)?;
            let principals = heapless::Vec::from_slice(principals).map_err(|_| Error::Bug)?;
            let (written_ms, external_id) = (event.time_ms, external_id.unwrap_or_default());
            let record =
                TrustRecord { trust_id, written_ms, role: stored.principal, external_id, principals };
            written = Some(record.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?);
            plan.put(&view, &address, platform.entropy())?;
        }
        let record = written.map(|len| NewRecord { address, buffer: &mut buffer, len });
        self.land_callers(mounted, &mut plan, record, event)?;
        // The sessions that were made under an earlier trust are over.
        self.outdate_callers(mounted)
    }
}
