//! The protocol's values, kept: each is made of a valid one, so that it can be sent at any time.

use fanfare_protocol::{Epoch, Id, Name, Query, Reason, RoomName, Text, Token};

macro_rules! owned {
    ($($(#[$meta:meta])* $owned:ident of $borrowed:ident;)+) => {$(
        #[doc = concat!("A kept `", stringify!($borrowed), "`.")]
        $(#[$meta])*
        #[derive(Clone)]
        pub(crate) struct $owned(Box<str>);

        impl $owned {
            pub(crate) fn get(&self) -> $borrowed<'_> {
                $borrowed::new(&self.0).expect("it was made of a valid one")
            }
        }

        impl From<$borrowed<'_>> for $owned {
            fn from(value: $borrowed<'_>) -> Self {
                Self(value.as_str().into())
            }
        }
    )+};
}

owned! {
    #[derive(Debug)]
    OwnedEpoch of Epoch;
    #[derive(PartialEq, Eq)]
    OwnedId of Id;
    #[derive(Debug)]
    OwnedName of Name;
    OwnedQuery of Query;
    OwnedReason of Reason;
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    OwnedRoom of RoomName;
    OwnedText of Text;
    //= protocol/SPEC.md#3-5-tokens
    //# A client MUST NOT show a token to anyone, nor write it to a log.
    OwnedToken of Token;
}
