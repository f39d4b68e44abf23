//! ListGrants and ListRetirableGrants: which grants there are, a page at a time.

use core::ops::ControlFlow;

use crate::crypto::Primitives;
use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::bytes::Reader;
use crate::grant::{Around, Grant, GrantId, check_principal, find, hashed_name, walk};
use crate::key::{KeyId, permits};
use crate::keyring::with_snapshot;
use crate::limits::GRANT_LIST_LIMIT_MAX;
use crate::operation::Operation;
use crate::operation::listing::marker;
use crate::operation::listing::page::Page;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{DerivedKeys, Snapshot, Vault};

/// Lists the grants of a key (AWS KMS API Reference, *ListGrants*).
#[derive(Clone, Copy, Debug)]
pub struct ListGrants<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// Only the grant with this id.
    pub grant_id: Option<&'a str>,
    /// Only grants whose grantee is exactly this one.
    pub grantee_principal: Option<&'a str>,
    /// Grants on this page, 1 to 100; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a GrantMarker>,
}

/// Lists the grants that a principal can retire, whatever their keys (AWS KMS API Reference, *ListRetirableGrants*).
#[derive(Clone, Copy, Debug)]
pub struct ListRetirableGrants<'a> {
    /// The retiring principal, exactly as the grants have it.
    pub retiring_principal: &'a str,
    /// Grants on this page, 1 to 100; a page that does not fit into the buffer has fewer.
    pub limit: usize,
    /// Where the last page ended, or `None` for the first.
    pub marker: Option<&'a GrantMarker>,
}

/// Where a page of grants ended: opaque, authenticated, and good for the same listing only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantMarker(pub [u8; 31]);

/// A page of grants, in the caller's buffer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ListedGrants<'o> {
    /// Each `u16 length ‖ content of the record`.
    entries: &'o [u8],
    /// Where to go on, or `None` if this was the last page.
    pub next_marker: Option<GrantMarker>,
}

impl<'o> ListedGrants<'o> {
    /// The grants, in an order of the vault's own.
    pub fn iter(&self) -> impl Iterator<Item = Grant<'o>> + use<'o> {
        let mut reader = Reader::new(self.entries);
        // Each was read before it was copied here.
        core::iter::from_fn(move || Grant::read_content(reader.string().ok()?).ok())
    }
}

impl<P: Platform> Vault<P> {
    /// Lists grants of a key into `page`; 5000 bytes are enough for one.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]: the marker is not of this listing. [`Error::InvalidGrantId`]. [`Error::NotFound`]: the
    /// key has no grant with the id asked for. [`Error::BufferTooSmall`]: not one grant fits. Others: see [`Error`].
    pub fn list_grants<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListGrants<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedGrants<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedGrants { next_marker: released.output, entries: released.into_plaintext() })
    }

    /// Lists grants by their retiring principal into `page`; 5000 bytes are enough for one.
    ///
    /// # Errors
    /// [`Error::InvalidMarker`]: the marker is not of this listing. [`Error::BufferTooSmall`]: not one grant fits. Others:
    /// see [`Error`].
    pub fn list_retirable_grants<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListRetirableGrants<'_>,
        page: &'o mut [u8],
    ) -> Result<ListedGrants<'o>, Error> {
        let released = run(self, caller, request, Buffers::plaintext(page))?;
        Ok(ListedGrants { next_marker: released.output, entries: released.into_plaintext() })
    }
}

/// What is listed: a marker is good for this and nothing else.
struct Listing<'a> {
    action: Action,
    key_id: KeyId,
    /// The grantee or the retiring principal, or nothing.
    principal: &'a str,
    limit: usize,
}

impl Listing<'_> {
    fn mac<C: Primitives>(&self, keys: &DerivedKeys<C>, place: &[u8; 15]) -> [u8; 16] {
        keys.listing_marker_mac(self.action, &self.key_id, self.principal, place)
    }

    /// Fills the page with the grants of a walk.
    fn fill<P: Platform>(
        &self,
        platform: &P,
        around: Around<'_>,
        marker: Option<&GrantMarker>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Option<GrantMarker>, Error> {
        let (next, len) = with_snapshot(platform, |snapshot| {
            let mac = |place: &[u8; 15]| self.mac(&snapshot.keys, place);
            let open_marker = |marker: &GrantMarker| marker::open::<P::Primitives, 15, 31>(&marker.0, mac);
            let after = marker.map(open_marker).transpose()?;
            let mut page = Page::new(&mut *buffers.plaintext);
            let is_listed = |grant: &Grant<'_>| match around {
                Around::Grantee(..) => grant.grantee_principal == self.principal,
                Around::Key(_) | Around::Retiring(_) => true,
            };
            let next = walk(platform, snapshot, around, after.as_ref(), |grant| {
                if !is_listed(grant) {
                    return Ok(ControlFlow::Continue(()));
                }
                if page.count < self.limit && add(&mut page, grant)? {
                    return Ok(ControlFlow::Continue(()));
                }
                let last = page.last.ok_or(Error::Bug)?;
                Ok(ControlFlow::Break(GrantMarker(marker::join(&last, &mac(&last)))))
            })?;
            Ok((next, page.len))
        })?;
        buffers.plaintext_len = len;
        Ok(next)
    }
}

/// Adds a grant; `false` if it does not fit behind others.
fn add(page: &mut Page<'_>, grant: &Grant<'_>) -> Result<bool, Error> {
    page.add(grant.grant_id.place(), |writer| grant.write_content(writer))
}

fn check_limit(limit: usize) -> Result<(), Error> {
    if limit == 0 || limit > GRANT_LIST_LIMIT_MAX {
        return Err(Error::Validation(Parameter::Limit));
    }
    Ok(())
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListGrants<'a> {
    type Output = Option<GrantMarker>;

    fn action(&self) -> Action {
        Action::ListGrants
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_limit(self.limit)?;
        if let Some(grant_id) = self.grant_id {
            GrantId::parse(grant_id)?;
        }
        if let Some(principal) = self.grantee_principal {
            check_principal(principal, Parameter::GranteePrincipal)?;
        }
        Ok(Parsed::on(Named::text(Action::ListGrants, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<GrantMarker>>, Error> {
        let facts = scene.key()?;
        permits(Action::ListGrants, &facts)?;
        let platform = scene.vault.platform();
        let listing = Listing {
            action: Action::ListGrants,
            key_id: facts.key_id,
            principal: self.grantee_principal.unwrap_or_default(),
            limit: self.limit,
        };
        if let Some(grant_id) = self.grant_id {
            let grant_id = GrantId::parse(grant_id)?;
            if self.marker.is_some() {
                return Err(Error::InvalidMarker);
            }
            one(platform, &facts.key_id, &grant_id, self.grantee_principal, buffers)?;
            return Ok(Done { grant_id: Some(grant_id), ..Done::with(None) });
        }
        let next = match self.grantee_principal {
            None => listing.fill(platform, Around::Key(&facts.key_id), self.marker, buffers),
            Some(principal) => {
                let name = hashed_name(principal)?;
                listing.fill(platform, Around::Grantee(&facts.key_id, &name), self.marker, buffers)
            }
        };
        next.map(Done::with)
    }
}

/// A page of the one grant with this id, if its grantee is the one asked for.
fn one<P: Platform>(
    platform: &P,
    key_id: &KeyId,
    grant_id: &GrantId,
    grantee: Option<&str>,
    buffers: &mut Buffers<'_>,
) -> Result<(), Error> {
    let found = with_snapshot(platform, |snapshot: &Snapshot<P::Primitives>| {
        let mut page = Page::new(&mut *buffers.plaintext);
        let added = find(platform, snapshot, key_id, grant_id, |grant| {
            if grantee.is_none_or(|grantee| grantee == grant.grantee_principal) {
                add(&mut page, grant)?;
            }
            Ok(())
        })?;
        added.transpose().map(|found| found.map(|()| page.len))
    })?;
    buffers.plaintext_len = found.ok_or(Error::NotFound)?;
    Ok(())
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListRetirableGrants<'a> {
    type Output = Option<GrantMarker>;

    fn action(&self) -> Action {
        Action::ListRetirableGrants
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_limit(self.limit)?;
        check_principal(self.retiring_principal, Parameter::RetiringPrincipal)?;
        Ok(Parsed::keyless(&[Action::ListRetirableGrants]))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Option<GrantMarker>>, Error> {
        let listing = Listing {
            action: Action::ListRetirableGrants,
            key_id: KeyId::from_bytes([0; 16]),
            principal: self.retiring_principal,
            limit: self.limit,
        };
        let around = Around::Retiring(self.retiring_principal);
        listing.fill(scene.vault.platform(), around, self.marker, buffers).map(Done::with)
    }
}
