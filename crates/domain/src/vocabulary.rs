//! Coded values: every list of codes that the product knows, each written once.
//!
//! A coded value is an enum that carries its wire code and its labels in the three languages of
//! the product. Transport and storage know only the trait [`Coded`]; neither mirrors a list.

mod clinical;
mod operations;
mod people;

#[expect(unused_imports, reason = "placeholder")]
pub use clinical::*;
pub use operations::*;
pub use people::*;

/// A language the product speaks to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, the fall-back.
    #[default]
    English,
    /// Arabic, written right to left.
    Arabic,
    /// Turkish.
    Turkish,
}

impl Language {
    /// Every language, in the order of the labels.
    pub const ALL: [Self; 3] = [Self::English, Self::Arabic, Self::Turkish];

    /// The ISO 639-1 code.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
            Self::Turkish => "tr",
        }
    }
}

/// A value from a closed list, with one code and a label in every language.
pub trait Coded: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// The list's name in addresses and schemas, in snake case.
    const NAME: &'static str;
    /// What the list is about, for people who read the interface document.
    const MEANING: &'static str;
    /// Every value, in the order they are shown.
    const ALL: &'static [Self];

    /// The stable code, in snake case unless the field's own standard writes it otherwise.
    fn code(self) -> &'static str;

    /// The text that a person reads.
    fn label(self, language: Language) -> &'static str;

    /// The value behind a code, if the list has it.
    #[must_use]
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

/// Declares coded values: `Variant = "code" => "English", "Arabic", "Turkish";`.
macro_rules! coded {
    ($(
        $(#[doc = $doc:literal])+
        pub enum $name:ident : $list:literal {
            $( $(#[doc = $variant_doc:literal])* $variant:ident = $code:literal => $en:literal, $ar:literal, $tr:literal; )+
        }
    )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( #[doc = concat!("`", $code, "`: ", $en, ".")] $(#[doc = $variant_doc])* $variant, )+
        }

        impl $crate::vocabulary::Coded for $name {
            const NAME: &'static str = $list;
            const MEANING: &'static str = concat!($($doc),+);
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            fn label(self, language: $crate::vocabulary::Language) -> &'static str {
                let [english, arabic, turkish] = match self { $(Self::$variant => [$en, $ar, $tr]),+ };
                match language {
                    $crate::vocabulary::Language::English => english,
                    $crate::vocabulary::Language::Arabic => arabic,
                    $crate::vocabulary::Language::Turkish => turkish,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str($crate::vocabulary::Coded::code(*self))
            }
        }
    )+};
}
pub(crate) use coded;
