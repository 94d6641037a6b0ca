//! Longer bodies of the journey.

use rafiq_domain::vocabulary::{Coded, ContraindicationItem, HistoryItem, IndicationItem};
use serde_json::{Value, json};

use super::World;

pub(super) fn consent(world: &World<'_>, purpose: &str) -> Value {
    json!({
        "purpose": purpose, "text_version": "2026-3", "language": "ar", "method": "e_sign", "given_by": "patient",
        "given_at": world.app.now(), "evidence": "signed form, kept",
    })
}

pub(super) fn assessment(world: &World<'_>) -> Value {
    let history = HistoryItem::ALL.iter().map(|item| json!({ "item": item.code(), "answer": "none" }));
    json!({
        "taken_at": world.app.now(), "modality": "video", "laterality": "left", "onset": "2022-07",
        "onset_site": "lower_eyelid", "form": "typical", "regions": ["periocular", "perioral"], "spasm_type": "mixed",
        "frequency": "frequent_with_breaks", "in_sleep": "yes", "triggers": ["fatigue"], "relievers": ["rest"],
        "ear_symptoms": ["none"], "vision_interference": "reading", "pain": 0, "babinski": "present",
        "facial_weakness": "I", "previous_facial_palsy": "none", "red_flags": [], "allergies": { "answer": "none" },
        "history": history.collect::<Vec<_>>(),
    })
}

pub(super) fn surgical_review() -> Value {
    let yes = IndicationItem::ALL.iter().map(|item| json!({ "item": item.code(), "answer": "yes" }));
    let no = ContraindicationItem::ALL.iter().map(|item| json!({ "item": item.code(), "answer": "no" }));
    json!({
        "recommendation": "surgical_opinion", "diagnosis": "hfs_primary", "laterality": "left",
        "indications": yes.collect::<Vec<_>>(), "contraindications": no.collect::<Vec<_>>(),
        "summary": "Primary hemifacial spasm with vascular contact on the same side.", "summary_language": "en",
    })
}

pub(super) fn quote(world: &World<'_>) -> Value {
    let line = json!({
        "kind": "surgery", "description": "عملية تخفيف الضغط الوعائي المجهري", "quantity": 1,
        "unit_price_minor": 1_150_000, "inclusion": "included",
    });
    json!({
        "referral_id": world.get("referral_id"), "language": "ar", "currency": "USD", "lines": [line],
        "deposit_minor": 300_000, "valid_until": world.day(30),
    })
}
