//! The vault goes on in another place, made of its bundle.

use strongroom_core::operation::{Backup, ListGrants};
use strongroom_core::{NewSlot, SlotKind, Vault};

use super::Real;
use crate::world::{SECRET, World, root, secret_of};

const SLOTS: &[NewSlot] = &[NewSlot { kind: SlotKind::KeyFile }];
const ROOM: usize = 40_000;

impl<'w> Real<'w> {
    /// Backs the vault up, restores it in another world, and goes on there.
    pub fn restore_into(&mut self, elsewhere: &'w World) {
        let mut bundle = Vec::new();
        let sink = &mut |bytes: &[u8]| {
            bundle.extend_from_slice(bytes);
            Ok(())
        };
        let request = Backup { secrets: SLOTS };
        let written = self.vault.backup(&root(), request, &mut secret_of(1), sink).unwrap();
        let restored = Vault::new(elsewhere);
        let mut left = bundle.as_slice();
        let source = &mut |buffer: &mut [u8]| Ok(std::io::Read::read(&mut left, buffer).unwrap());
        let read = restored.restore(SLOTS, &mut secret_of(SECRET), source, &mut secret_of(1)).unwrap();
        assert_eq!(read, written);
        (self.world, self.vault) = (elsewhere, restored);
        (self.secrets, self.ended_secrets) = ([(0, SECRET)].into(), Vec::new());
        self.find_grants_again();
    }

    /// The ids of grants begin otherwise in another vault.
    fn find_grants_again(&mut self) {
        let mut room = vec![0; ROOM];
        for key in &self.keys {
            let key_id = &key.to_string();
            let mut marker = None;
            loop {
                let request = ListGrants {
                    key_id,
                    grant_id: None,
                    grantee_principal: None,
                    limit: 100,
                    marker: marker.as_ref(),
                };
                // A key that is gone has none.
                let Ok(listed) = self.vault.list_grants(&root(), request, &mut room) else { break };
                for grant in listed.iter() {
                    let end = &grant.grant_id.as_bytes()[7..];
                    let known = self.grants.iter_mut().find(|(known, _)| known.as_bytes()[7..] == *end);
                    known.expect("a grant that nobody made").0 = grant.grant_id;
                }
                marker = listed.next_marker;
                if marker.is_none() {
                    break;
                }
            }
        }
    }
}
