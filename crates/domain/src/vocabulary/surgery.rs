//! Coded values of the operation: the conflict found, what was done, the nerve monitoring, and why it was put off.

use super::coded;

coded! {
    /// The vessel that presses on the facial nerve (domain.md §1.9).
    pub enum OffendingVessel: "offending_vessel" {
        Aica = "AICA" => "Anterior inferior cerebellar artery (AICA)", "الشريان المخيخي السفلي الأمامي (AICA)", "Anterior inferior serebellar arter (AICA)";
        Pica = "PICA" => "Posterior inferior cerebellar artery (PICA)", "الشريان المخيخي السفلي الخلفي (PICA)", "Posterior inferior serebellar arter (PICA)";
        Va = "VA" => "Vertebral artery (VA)", "الشريان الفقري (VA)", "Vertebral arter (VA)";
        Ba = "BA" => "Basilar artery (BA)", "الشريان القاعدي (BA)", "Baziler arter (BA)";
        Sca = "SCA" => "Superior cerebellar artery (SCA)", "الشريان المخيخي العلوي (SCA)", "Superior serebellar arter (SCA)";
        Perforator = "perforator" => "Perforating artery", "شريان ثاقب", "Perforan arter";
        Vein = "vein" => "Vein", "وريد", "Ven";
        OtherArtery = "other_artery" => "Other artery", "شريان آخر", "Diğer arter";
        NoneFound = "none_found" => "No vessel found", "لم يُعثر على وعاء ضاغط", "Bası yapan damar bulunamadı";
    }

    /// Where along the facial nerve the vessel presses (domain.md §1.9).
    pub enum ConflictZone: "conflict_zone" {
        Rez = "REZ" => "Root exit zone (REZ)", "منطقة خروج جذر العصب (REZ)", "Kök çıkış bölgesi (REZ)";
        VentrolateralPons = "ventrolateral_pons" => "Ventrolateral pons", "الوجه البطني الوحشي للجسر", "Ventrolateral pons";
        BulbopontineSulcus = "bulbopontine_sulcus" => "Bulbopontine sulcus", "التلم البصلي الجسري", "Bulbopontin sulkus";
        Cisternal = "cisternal" => "Cisternal segment", "القطعة الصهريجية", "Sisternal segment";
    }

    /// How the vessel was moved away from the nerve (domain.md §1.9).
    pub enum DecompressionMethod: "decompression_method" {
        Interposition = "interposition" => "Interposition", "الفصل بوضع مادة عازلة", "İnterpozisyon";
        TranspositionSling = "transposition_sling" => "Transposition with a sling", "نقل الوعاء بحمّالة", "Askı ile transpozisyon";
        TranspositionGlue = "transposition_glue" => "Transposition with glue", "نقل الوعاء بمادة لاصقة", "Yapıştırıcı ile transpozisyon";
        Both = "both" => "Interposition and transposition", "الفصل بمادة عازلة مع نقل الوعاء", "İnterpozisyon ve transpozisyon";
    }

    /// A material that keeps vessel and nerve apart (domain.md §1.9; FHIR Device.type).
    pub enum DecompressionMaterial: "decompression_material" {
        TeflonFelt = "teflon_felt" => "Teflon felt (PTFE)", "لباد التفلون (PTFE)", "Teflon keçe (PTFE)";
        TeflonSling = "teflon_sling" => "Teflon sling", "حمّالة من التفلون", "Teflon askı";
        IvalonSponge = "ivalon_sponge" => "Ivalon sponge (PVA)", "إسفنج إيفالون (PVA)", "Ivalon sünger (PVA)";
        PolyesterPatch = "polyester_patch" => "Polyester patch", "رقعة بوليستر", "Polyester yama";
        Muscle = "muscle" => "Muscle", "قطعة عضلية", "Kas grefti";
        FibrinGlue = "fibrin_glue" => "Fibrin glue", "لاصق الفيبرين", "Fibrin yapıştırıcı";
        Collagen = "collagen" => "Collagen", "كولاجين", "Kolajen";
        Other = "other" => "Other", "مادة أخرى", "Diğer";
    }

    /// How the surgeon reaches the nerve (domain.md §1.9).
    pub enum SurgicalApproach: "surgical_approach" {
        Retrosigmoid = "retrosigmoid" => "Retrosigmoid", "المدخل خلف الجيب السيني", "Retrosigmoid";
        EndoscopeAssisted = "endoscope_assisted" => "Endoscope-assisted", "بمساعدة المنظار", "Endoskop yardımlı";
        FullyEndoscopic = "fully_endoscopic" => "Fully endoscopic", "بالمنظار كليًا", "Tam endoskopik";
    }

    /// Which operation it is (domain.md §1.9; FHIR Procedure.code).
    pub enum ProcedureKind: "procedure_kind" {
        MvdPrimary = "mvd_primary" => "First microvascular decompression", "تخفيف الضغط الوعائي المجهري لأول مرة", "İlk mikrovasküler dekompresyon";
        MvdRedo = "mvd_redo" => "Repeat microvascular decompression", "إعادة تخفيف الضغط الوعائي المجهري", "Tekrar mikrovasküler dekompresyon";
        ExplorationNegative = "exploration_negative" => "Exploration, no conflict found", "استكشاف جراحي دون العثور على وعاء ضاغط", "Negatif eksplorasyon (damar basısı bulunamadı)";
        HaematomaEvacuation = "haematoma_evacuation" => "Evacuation of a haematoma", "تفريغ ورم دموي", "Hematom boşaltılması";
        CsfLeakRepair = "csf_leak_repair" => "Repair of a cerebrospinal fluid leak", "إصلاح تسرب السائل الدماغي الشوكي", "BOS kaçağı onarımı";
        VpShunt = "vp_shunt" => "Ventriculoperitoneal shunt", "تحويلة بطينية صفاقية", "Ventriküloperitoneal şant";
        LumbarDrain = "lumbar_drain" => "Lumbar drain", "تركيب مفجّر قطني", "Lomber drenaj";
        WoundRevision = "wound_revision" => "Wound revision", "مراجعة جراحية للجرح", "Yara revizyonu";
    }

    /// Where an operation stands (domain.md §6.5; FHIR Procedure.status).
    pub enum ProcedureState: "procedure_state" {
        Planned = "planned" => "Planned", "مخطط له", "Planlandı";
        Started = "started" => "Started", "بدأ", "Başladı";
        Completed = "completed" => "Completed", "مكتمل", "Tamamlandı";
        Aborted = "aborted" => "Stopped before completion", "أُوقف قبل إتمامه", "Tamamlanmadan sonlandırıldı";
        Cancelled = "cancelled" => "Cancelled", "ملغى", "İptal edildi";
    }

    /// The lateral spread response (LSR) at the start of monitoring (domain.md §1.10).
    pub enum LsrBaseline: "lsr_baseline" {
        Present = "present" => "Present", "موجودة", "Var";
        Absent = "absent" => "Absent", "غائبة", "Yok";
        NotRecorded = "not_recorded" => "Not recorded", "لم تُسجَّل", "Kaydedilmedi";
    }

    /// What became of the lateral spread response (LSR) during surgery (domain.md §1.10).
    pub enum LsrEvent: "lsr_event" {
        GoneBeforeDecompression = "gone_before_decompression" => "Gone before decompression", "اختفت قبل تخفيف الضغط", "Dekompresyondan önce kayboldu";
        GoneAtDecompression = "gone_at_decompression" => "Gone at decompression", "اختفت عند تخفيف الضغط", "Dekompresyon sırasında kayboldu";
        GoneAfter = "gone_after" => "Gone after decompression", "اختفت بعد تخفيف الضغط", "Dekompresyondan sonra kayboldu";
        Persisted = "persisted" => "Persisted", "استمرت", "Sürdü";
        Reappeared = "reappeared" => "Reappeared", "عاودت الظهور", "Yeniden ortaya çıktı";
    }

    /// The brainstem auditory evoked potentials (BAEP) at the end of surgery (domain.md §1.10).
    pub enum BaepFinal: "baep_final" {
        Unchanged = "unchanged" => "Unchanged", "دون تغير", "Değişmedi";
        Recovered = "recovered" => "Changed and recovered", "تغيرت ثم عادت إلى طبيعتها", "Değişti ve düzeldi";
        Prolonged = "prolonged" => "Latency prolonged", "زيادة زمن الكمون", "Latans uzadı";
        Reduced = "reduced" => "Amplitude reduced", "انخفاض السعة", "Amplitüd azaldı";
        Lost = "lost" => "Wave lost", "فقدان الموجة", "Dalga kayboldu";
    }

    /// Why surgery was put off (domain.md §6.3, T33; FHIR Procedure.statusReason).
    pub enum PostponementReason: "postponement_reason" {
        PatientIllness = "patient_illness" => "Illness of the patient", "مرض المريض", "Hastanın rahatsızlanması";
        AbnormalLab = "abnormal_lab" => "Abnormal laboratory result", "نتيجة مخبرية غير طبيعية", "Anormal laboratuvar sonucu";
        BloodPressure = "bp" => "Blood pressure", "ضغط الدم", "Kan basıncı (tansiyon)";
        NoIcuBed = "no_icu_bed" => "No intensive care bed", "عدم توفر سرير عناية مركزة", "Yoğun bakım yatağı yok";
        NoTheatre = "no_theatre" => "No operating room", "عدم توفر غرفة عمليات", "Ameliyathane yok";
        Equipment = "equipment" => "Equipment", "الأجهزة والمعدات", "Ekipman";
        Surgeon = "surgeon" => "Surgeon not available", "عدم توفر الجراح", "Cerrah uygun değil";
        PatientRequest = "patient_request" => "Request of the patient", "طلب المريض", "Hastanın isteği";
        ReligiousHoliday = "religious_holiday" => "Religious holiday", "عطلة دينية", "Dini bayram";
    }

    /// On whose side the cause of a cancelled surgery lies (domain.md §6.3, T34; ICD-10-CM Z53).
    pub enum CancellationClass: "cancellation_class" {
        Patient = "patient" => "Decision of the patient", "قرار المريض", "Hasta kararı";
        Medical = "medical" => "Medical cause", "سبب طبي", "Tıbbi neden";
        Facility = "facility" => "Cause at the hospital", "سبب يعود إلى المستشفى", "Hastane kaynaklı neden";
        Financial = "financial" => "Financial cause", "سبب مالي", "Mali neden";
    }

    /// The result of the tests before surgery (domain.md §4.4).
    pub enum PreOpResult: "pre_op_result" {
        Fit = "fit" => "Fit for surgery", "لائق للجراحة", "Ameliyata uygun";
        Unfit = "unfit" => "Not fit for surgery", "غير لائق للجراحة", "Ameliyata uygun değil";
        NeedsMore = "needs_more" => "More tests needed", "يحتاج إلى فحوص إضافية", "Ek tetkik gerekli";
    }
}
