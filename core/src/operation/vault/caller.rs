//! PutCaller, DescribeCaller, DeleteCaller, ListCallers: the principals that the vault keeps. Actions of ours, on the
//! vault itself: its root user may call them, and whom an identity policy allows it for `vault/ID`.

use crate::caller::{
    CallerReceipt, ReadAt, StoredCaller, check_name, check_policies, check_principal, check_tags,
};
use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::format::bytes::{Reader, Writer};
use crate::format::caller_record::{self, CallerRecord};
use crate::keyring::with_snapshot;
use crate::limits::{CALLER_RECORD_LEN_MAX, LIST_LIMIT_MAX};
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::platform::{Platform, State};
use crate::policy::{Action, Caller};
use crate::tree::{name_of, within};
use crate::vault::{CallerChange, Change, Published, Snapshot, Vault};

/// Keeps a caller, in place of an earlier one of the same name.
#[derive(Clone, Copy, Debug)]
pub struct PutCaller<'a> {
    /// 1 to 64 letters, digits and `+=,.@_-`.
    pub name: &'a str,
    /// The ARN of a user, role or federated user of the vault's account.
    pub principal: &'a str,
    /// At most 50 tags.
    pub tags: &'a [(&'a str, &'a str)],
    /// At most 10 compiled identity policies.
    pub identity_policies: &'a [&'a [u8]],
}

/// Reads a caller, for people who administer the vault.
#[derive(Clone, Copy, Debug)]
pub struct DescribeCaller<'a> {
    /// Its name.
    pub name: &'a str,
}

/// Takes a caller out.
#[derive(Clone, Copy, Debug)]
pub struct DeleteCaller<'a> {
    /// Its name.
    pub name: &'a str,
}

/// Lists the names of callers, a page at a time.
#[derive(Clone, Copy, Debug)]
pub struct ListCallers<'a> {
    /// Names on this page, 1 to 1000.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a CallerMarker>,
}

/// Where a page ended: opaque, and authenticated, so that it cannot be forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerMarker(pub [u8; 31]);

/// A page of names, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedCallers<'o> {
    names: &'o [u8],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<CallerMarker>,
}

impl<'o> ListedCallers<'o> {
    /// The names, in an order of the vault's own.
    pub fn names(&self) -> impl Iterator<Item = &'o str> + use<'o> {
        let mut reader = Reader::new(self.names);
        core::iter::from_fn(move || reader.text().ok())
    }
}

impl<P: Platform> Vault<P> {
    /// Keeps a caller, durably.
    ///
    /// # Errors
    /// [`Error::InvalidCaller`]: the principal is no user, role or federated user of the vault's account.
    /// [`Error::MalformedPolicyDocument`]: a policy is no identity policy. [`Error::LimitExceeded`],
    /// [`Error::Validation`]. The caller of that name is as it was after all of them.
    pub fn put_caller(&self, caller: &Caller<'_>, request: PutCaller<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Takes a caller out, durably, and with it whom it trusts.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of that name. [`Error::DeleteConflict`]: it has access keys.
    pub fn delete_caller(&self, caller: &Caller<'_>, request: DeleteCaller<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Reads a caller into `buffer`; [`CALLER_RECORD_LEN_MAX`] bytes are always enough.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of that name.
    pub fn describe_caller<'o>(
        &self,
        caller: &Caller<'_>,
        request: DescribeCaller<'_>,
        buffer: &'o mut [u8],
    ) -> Result<StoredCaller<'o>, Error> {
        let plaintext = run(self, caller, request, Buffers::plaintext(buffer))?.into_plaintext();
        caller_record::read(plaintext).map_err(|_| Error::Bug)
    }

    /// Lists callers; the names of a page go into `buffer`, which bounds the page too.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]; [`Error::BufferTooSmall`]: not one name fits.
    pub fn list_callers<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListCallers<'_>,
        buffer: &'o mut [u8],
    ) -> Result<ListedCallers<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(buffer))?;
        Ok(ListedCallers { next_marker: released.output, names: released.into_plaintext() })
    }

    /// Reads a caller in order to ask in its name; for whoever embeds the vault and has established that it is this one
    /// who asks. Not a request, so neither authorized nor recorded: the requests made with it are. `buffer` needs room
    /// for the sealed record, [`CALLER_RECORD_LEN_MAX`] bytes at most.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of that name. [`Error::Damaged`].
    pub fn caller<'b>(&self, name: &str, buffer: &'b mut [u8]) -> Result<StoredCaller<'b>, Error> {
        check_name(name)?;
        let (len, read_at) = with_snapshot(self.platform(), |snapshot| {
            let read_at = ReadAt { vault_id: snapshot.vault_id, revision: snapshot.revision };
            Ok((read_record(self.platform(), snapshot, name, buffer)?, read_at))
        })?;
        StoredCaller::again(buffer, CallerReceipt { len, read_at })
    }

    /// A number that is another one whenever a caller, an access key or whom a role trusts has changed: what was read of
    /// them is good for as long as it stays.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::SessionEnded`], [`Error::Busy`].
    pub fn callers_revision(&self) -> Result<u64, Error> {
        self.platform().state().lend_published(Published::opened)?.map(|opened| opened.callers_since)
    }
}

/// Reads a caller's record into `buffer`, where its plaintext lies behind `sr1::HEAD_LEN` bytes; answers its length.
fn read_record<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    name: &str,
    buffer: &mut [u8],
) -> Result<usize, Error> {
    let view = snapshot.view(platform.storage());
    let plaintext = view.record(&snapshot.keys.names.caller(name), buffer)?.ok_or(Error::NotFound)?;
    match caller_record::read(plaintext) {
        Ok(stored) if stored.name == name => Ok(plaintext.len()),
        Ok(_) | Err(_) => Err(Error::Damaged(Part::Record)),
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PutCaller<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::PutCaller
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.name)?;
        check_tags(self.tags)?;
        check_policies(self.identity_policies)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::PutCaller) })
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        check_principal(self.principal, scene.realm)?;
        let PutCaller { name, principal, tags, identity_policies } = self;
        let record = CallerRecord { name, principal, written_ms: scene.time_ms, tags, identity_policies };
        if sr1::OVERHEAD.saturating_add(record.padded_len()) > CALLER_RECORD_LEN_MAX {
            return Err(Error::LimitExceeded);
        }
        Ok(Done { change: Some(Change::Caller(CallerChange::Put(record))), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DeleteCaller<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DeleteCaller
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.name)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::DeleteCaller) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(Done { change: Some(Change::Caller(CallerChange::Remove(self.name))), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for DescribeCaller<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::DescribeCaller
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_name(self.name)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::DescribeCaller) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let platform = scene.vault.platform();
        let len = with_snapshot(platform, |snapshot| {
            read_record(platform, snapshot, self.name, buffers.plaintext)
        })?;
        buffers.plaintext.copy_within(sr1::HEAD_LEN..sr1::HEAD_LEN.saturating_add(len), 0);
        buffers.plaintext_len = len;
        Ok(Done::with(()))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListCallers<'a> {
    type Output = Option<CallerMarker>;

    fn action(&self) -> Action {
        Action::ListCallers
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.limit == 0 || self.limit > LIST_LIMIT_MAX {
            return Err(Error::Validation(Parameter::Limit));
        }
        Ok(Parsed::on_vault(Action::ListCallers))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let platform = scene.vault.platform();
        // Under the writer's lock: for its buffer, and so that a page is of one revision.
        let (len, next) = platform.state().lend_writer(|_, scratch| {
            let snapshot = Snapshot::take(platform)?;
            let owner = snapshot.keys.names.callers();
            let view = snapshot.view(platform.storage());
            let mac = |place: &[u8; 15]| snapshot.keys.caller_marker_mac(place);
            let open_marker = |marker| marker::open::<P::Primitives, 15, 31>(marker, mac);
            let mut place = self.marker.map(|marker| open_marker(&marker.0)).transpose()?;
            let (mut len, mut count) = (0usize, 0usize);
            loop {
                let after = within(&owner, place.as_ref().map_or(&[], |place| &place[..]));
                let next = view.next_record_of(&owner, &after)?;
                let Some(next) = next else { return Ok::<_, Error>((len, None)) };
                let damaged = Error::Damaged(Part::Record);
                let plaintext = view.record(&next, scratch)?.ok_or(damaged)?;
                let name = caller_record::read(plaintext).map_err(|_| damaged)?.name;
                let mut writer = Writer::new(buffers.plaintext.get_mut(len..).unwrap_or_default());
                writer.string(name.as_bytes())?;
                match (writer.finish(), place) {
                    (Ok(written), _) if count < self.limit => len = len.saturating_add(written),
                    (Err(too_small), None) => return Err(too_small),
                    (_, Some(last)) => {
                        return Ok((len, Some(CallerMarker(marker::join(&last, &mac(&last))))));
                    }
                    (Ok(_), None) => return Err(Error::Bug),
                }
                count = count.saturating_add(1);
                place = Some(name_of(&next));
            }
        })??;
        buffers.plaintext_len = len;
        Ok(Done::with(next))
    }
}
