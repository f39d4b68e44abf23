//! What keys there are.

use strongroom_core::key::{KeyOrigin, KeySpec, MacAlgorithm};

/// Where the material of a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    DrawnHere,
    Imported,
    /// Drawn by a peer, and sent.
    Received,
}

/// What a key is made as.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub spec: KeySpec,
    pub material: Material,
}

pub const KINDS: &[Kind] = &[
    Kind { spec: KeySpec::SymmetricDefault, material: Material::DrawnHere },
    Kind { spec: KeySpec::SymmetricDefault, material: Material::Imported },
    Kind { spec: KeySpec::SymmetricDefault, material: Material::Received },
    Kind { spec: KeySpec::Hmac224, material: Material::DrawnHere },
    Kind { spec: KeySpec::Hmac224, material: Material::Imported },
    Kind { spec: KeySpec::Hmac224, material: Material::Received },
    Kind { spec: KeySpec::Hmac256, material: Material::DrawnHere },
    Kind { spec: KeySpec::Hmac256, material: Material::Imported },
    Kind { spec: KeySpec::Hmac256, material: Material::Received },
    Kind { spec: KeySpec::Hmac384, material: Material::DrawnHere },
    Kind { spec: KeySpec::Hmac384, material: Material::Imported },
    Kind { spec: KeySpec::Hmac384, material: Material::Received },
    Kind { spec: KeySpec::Hmac512, material: Material::DrawnHere },
    Kind { spec: KeySpec::Hmac512, material: Material::Imported },
    Kind { spec: KeySpec::Hmac512, material: Material::Received },
];

impl Kind {
    pub fn origin(self) -> KeyOrigin {
        if self.material == Material::Imported { KeyOrigin::External } else { KeyOrigin::AwsKms }
    }

    /// The one algorithm of a key for MACs.
    pub fn mac_algorithm(self) -> Option<MacAlgorithm> {
        self.spec.mac_algorithm()
    }
}
