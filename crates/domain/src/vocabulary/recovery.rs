//! Coded values after the operation: the ward, complications, discharge, flying home, follow-up and outcome.

use super::coded;

coded! {
    /// The facial function by House and Brackmann; it does not grade the spasm itself (domain.md §1.3; FHIR Observation).
    pub enum HouseBrackmannGrade: "house_brackmann_grade" {
        I = "I" => "Grade I: normal", "الدرجة الأولى: وظيفة طبيعية", "Evre I: normal";
        II = "II" => "Grade II: mild dysfunction", "الدرجة الثانية: خلل طفيف", "Evre II: hafif işlev bozukluğu";
        III = "III" => "Grade III: moderate dysfunction", "الدرجة الثالثة: خلل متوسط", "Evre III: orta derecede işlev bozukluğu";
        IV = "IV" => "Grade IV: moderately severe dysfunction", "الدرجة الرابعة: خلل متوسط إلى شديد", "Evre IV: orta-ağır işlev bozukluğu";
        V = "V" => "Grade V: severe dysfunction", "الدرجة الخامسة: خلل شديد", "Evre V: ağır işlev bozukluğu";
        VI = "VI" => "Grade VI: total paralysis", "الدرجة السادسة: شلل تام", "Evre VI: tam felç";
    }

    /// The spasm after surgery, against before (domain.md §7.4).
    pub enum SpasmStatus: "spasm_status" {
        None = "none" => "No spasm", "لا يوجد تشنج", "Spazm yok";
        Reduced = "reduced" => "Less than before", "أقل من السابق", "Azaldı";
        Same = "same" => "As before", "كما كان", "Aynı";
        Worse = "worse" => "Worse than before", "أسوأ من السابق", "Kötüleşti";
    }

    /// The hearing on the side of surgery, against before (domain.md §7.4).
    pub enum HearingStatus: "hearing_status" {
        Same = "same" => "As before", "كما كان", "Aynı";
        Reduced = "reduced" => "Reduced", "نقص السمع", "Azaldı";
        Lost = "lost" => "Lost", "فقدان السمع", "Kayboldu";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
    }

    /// The state of the wound (domain.md §7.4).
    pub enum WoundStatus: "wound_status" {
        Dry = "dry" => "Dry and clean", "جاف ونظيف", "Kuru ve temiz";
        Leak = "leak" => "Leaking", "يوجد تسرب", "Sızıntı var";
        Red = "red" => "Red", "محمر", "Kızarık";
        Dehiscent = "dehiscent" => "Open (dehiscent)", "مفتوح (تفزّر الجرح)", "Açılmış (dehisans)";
    }

    /// Where the patient goes on discharge (domain.md §7.4; FHIR Encounter.hospitalization.dischargeDisposition).
    pub enum Disposition: "disposition" {
        HomeHotel = "home_hotel" => "Home or hotel", "المنزل أو الفندق", "Ev veya otel";
        OtherHospital = "other_hospital" => "Another hospital", "مستشفى آخر", "Başka hastane";
        Ama = "ama" => "Left against medical advice", "غادر خلافًا للمشورة الطبية", "Tıbbi öneriye rağmen ayrıldı";
        Rehab = "rehab" => "Rehabilitation", "مركز إعادة تأهيل", "Rehabilitasyon merkezi";
        Died = "died" => "Died", "توفي", "Vefat etti";
    }

    /// How the stay in hospital ended (domain.md §6.3, T40, T42 and T65).
    pub enum DischargeKind: "discharge_kind" {
        Regular = "regular" => "Regular discharge", "خروج اعتيادي", "Olağan taburculuk";
        AgainstAdvice = "against_advice" => "Against medical advice", "خروج خلافًا للمشورة الطبية", "Tıbbi öneriye rağmen çıkış";
        WithoutSurgery = "without_surgery" => "Without surgery", "خروج دون جراحة", "Ameliyatsız taburculuk";
    }

    /// What went wrong during or after surgery (domain.md §1.12; FHIR Condition.code, Procedure.complication).
    pub enum ComplicationType: "complication_type" {
        FacialPalsyEarly = "facial_palsy_early" => "Early facial palsy (within 24 hours)", "شلل الوجه المبكر (خلال 24 ساعة)", "Erken yüz felci (ilk 24 saat)";
        FacialPalsyDelayed = "facial_palsy_delayed" => "Delayed facial palsy", "شلل الوجه المتأخر", "Gecikmiş yüz felci";
        HearingLoss = "hearing_loss" => "Hearing loss", "نقص السمع", "İşitme kaybı";
        Tinnitus = "tinnitus" => "Tinnitus", "طنين الأذن", "Kulak çınlaması (tinnitus)";
        VertigoImbalance = "vertigo_imbalance" => "Vertigo or imbalance", "دوار أو اختلال التوازن", "Baş dönmesi veya denge bozukluğu";
        CsfLeakWound = "csf_leak_wound" => "Cerebrospinal fluid leak through the wound", "تسرب السائل الدماغي الشوكي من الجرح", "Yaradan BOS kaçağı";
        CsfLeakRhinorrhoea = "csf_leak_rhinorrhoea" => "Cerebrospinal fluid leak through the nose", "تسرب السائل الدماغي الشوكي من الأنف", "Burundan BOS kaçağı (rinore)";
        CsfLeakOtorrhoea = "csf_leak_otorrhoea" => "Cerebrospinal fluid leak through the ear", "تسرب السائل الدماغي الشوكي من الأذن", "Kulaktan BOS kaçağı (otore)";
        CsfLeakPseudomeningocele = "csf_leak_pseudomeningocele" => "Pseudomeningocele", "قيلة سحائية كاذبة", "Psödomeningosel";
        MeningitisBacterial = "meningitis_bacterial" => "Bacterial meningitis", "التهاب السحايا الجرثومي", "Bakteriyel menenjit";
        MeningitisAseptic = "meningitis_aseptic" => "Aseptic meningitis", "التهاب السحايا العقيم", "Aseptik menenjit";
        WoundInfection = "wound_infection" => "Wound infection", "عدوى الجرح", "Yara enfeksiyonu";
        LowerCnPalsy = "lower_cn_palsy" => "Lower cranial nerve palsy (hoarseness, difficulty swallowing)", "شلل الأعصاب القحفية السفلية (بحة الصوت، عسر البلع)", "Alt kraniyal sinir felci (ses kısıklığı, yutma güçlüğü)";
        StrokeInfarct = "stroke_infarct" => "Ischaemic stroke (infarct)", "سكتة دماغية إقفارية (احتشاء)", "İskemik inme (enfarkt)";
        Haemorrhage = "haemorrhage" => "Intracranial haemorrhage (cerebellar, subdural or epidural)", "نزف داخل القحف (مخيخي أو تحت الجافية أو فوق الجافية)", "Kafa içi kanama (serebellar, subdural veya epidural)";
        Hydrocephalus = "hydrocephalus" => "Hydrocephalus", "استسقاء الرأس", "Hidrosefali";
        Death = "death" => "Death", "الوفاة", "Ölüm";
        DvtPe = "dvt_pe" => "Deep vein thrombosis or pulmonary embolism", "خثار الأوردة العميقة أو الصمة الرئوية", "Derin ven trombozu veya pulmoner emboli";
        Pneumonia = "pneumonia" => "Pneumonia", "التهاب رئوي", "Zatürre (pnömoni)";
        DrugReaction = "drug_reaction" => "Drug reaction", "تفاعل دوائي", "İlaç reaksiyonu";
        PositionInjury = "position_injury" => "Injury from positioning", "إصابة ناجمة عن وضعية الجراحة", "Ameliyat pozisyonuna bağlı yaralanma";
        VenousAirEmbolism = "venous_air_embolism" => "Venous air embolism", "صمة هوائية وريدية", "Venöz hava embolisi";
        PneumocephalusTension = "pneumocephalus_tension" => "Tension pneumocephalus", "استرواح الرأس الضاغط", "Tansiyon pnömosefali";
        HeadachePostCraniotomy = "headache_post_craniotomy" => "Headache after craniotomy", "صداع ما بعد حج القحف", "Kraniyotomi sonrası baş ağrısı";
        NauseaVomiting = "nausea_vomiting" => "Nausea and vomiting", "غثيان وقيء", "Bulantı ve kusma";
        WoundPain = "wound_pain" => "Wound pain", "ألم الجرح", "Yara ağrısı";
    }

    /// When a complication showed itself (domain.md §1.12).
    pub enum ComplicationPhase: "complication_phase" {
        IntraOp = "intra_op" => "During surgery", "أثناء الجراحة", "Ameliyat sırasında";
        Inpatient = "inpatient" => "During the hospital stay", "أثناء الإقامة في المستشفى", "Hastanede yatarken";
        PostDischarge = "post_discharge" => "After discharge", "بعد الخروج من المستشفى", "Taburculuk sonrası";
        PostRepatriation = "post_repatriation" => "After the return home", "بعد العودة إلى بلد المريض", "Ülkesine döndükten sonra";
    }

    /// Where a complication stands (domain.md §6.5; FHIR Condition.clinicalStatus).
    pub enum ComplicationState: "complication_state" {
        Open = "open" => "Open", "قائمة", "Açık";
        Monitoring = "monitoring" => "Under observation", "تحت المراقبة", "İzlemde";
        Resolved = "resolved" => "Resolved", "زالت", "Düzeldi";
        Chronic = "chronic" => "Chronic", "مزمنة", "Kronik";
        Fatal = "fatal" => "Fatal", "مميتة", "Ölümcül";
    }

    /// The grade of a complication by Clavien and Dindo, by the treatment it needed (domain.md §1.12).
    pub enum ClavienDindo: "clavien_dindo" {
        I = "I" => "Grade I: deviation from the normal course", "الدرجة I: انحراف عن المسار الطبيعي بعد الجراحة", "Derece I: olağan seyirden sapma";
        II = "II" => "Grade II: drugs, transfusion or parenteral nutrition", "الدرجة II: علاج دوائي أو نقل دم أو تغذية وريدية", "Derece II: ilaç, kan transfüzyonu veya parenteral beslenme";
        IIIa = "IIIa" => "Grade IIIa: intervention without general anaesthesia", "الدرجة IIIa: تدخل دون تخدير عام", "Derece IIIa: genel anestezi olmadan girişim";
        IIIb = "IIIb" => "Grade IIIb: intervention under general anaesthesia", "الدرجة IIIb: تدخل تحت التخدير العام", "Derece IIIb: genel anestezi altında girişim";
        IVa = "IVa" => "Grade IVa: life-threatening, one organ fails", "الدرجة IVa: مهددة للحياة مع قصور عضو واحد", "Derece IVa: hayati tehlike, tek organ yetmezliği";
        IVb = "IVb" => "Grade IVb: life-threatening, several organs fail", "الدرجة IVb: مهددة للحياة مع قصور عدة أعضاء", "Derece IVb: hayati tehlike, çoklu organ yetmezliği";
        V = "V" => "Grade V: death", "الدرجة V: الوفاة", "Derece V: ölüm";
    }

    /// When in the course a scale is taken or a visit is due (domain.md §1.3, §1.13).
    pub enum Timepoint: "timepoint" {
        Baseline = "baseline" => "Baseline", "التقييم الأولي", "Başlangıç değerlendirmesi";
        PreOp = "pre_op" => "Before surgery", "قبل الجراحة", "Ameliyat öncesi";
        Discharge = "discharge" => "At discharge", "عند الخروج من المستشفى", "Taburculukta";
        W1 = "w1" => "1 week after surgery", "بعد أسبوع من الجراحة", "Ameliyattan 1 hafta sonra";
        W2 = "w2" => "2 weeks after surgery", "بعد أسبوعين من الجراحة", "Ameliyattan 2 hafta sonra";
        M1 = "m1" => "1 month after surgery", "بعد شهر من الجراحة", "Ameliyattan 1 ay sonra";
        M3 = "m3" => "3 months after surgery", "بعد 3 أشهر من الجراحة", "Ameliyattan 3 ay sonra";
        M6 = "m6" => "6 months after surgery", "بعد 6 أشهر من الجراحة", "Ameliyattan 6 ay sonra";
        M12 = "m12" => "12 months after surgery", "بعد 12 شهرًا من الجراحة", "Ameliyattan 12 ay sonra";
        Y2 = "y2" => "2 years after surgery", "بعد سنتين من الجراحة", "Ameliyattan 2 yıl sonra";
        Y3 = "y3" => "3 years after surgery", "بعد 3 سنوات من الجراحة", "Ameliyattan 3 yıl sonra";
        Y4 = "y4" => "4 years after surgery", "بعد 4 سنوات من الجراحة", "Ameliyattan 4 yıl sonra";
        Y5 = "y5" => "5 years after surgery", "بعد 5 سنوات من الجراحة", "Ameliyattan 5 yıl sonra";
    }

    /// Where a follow-up visit takes place (domain.md §6.3, T45).
    pub enum VisitMode: "visit_mode" {
        Tele = "tele" => "Remote (telephone or video)", "عن بُعد (هاتف أو فيديو)", "Uzaktan (telefon veya görüntülü)";
        LocalDoctor = "local_doctor" => "With the doctor at home", "لدى طبيب في بلد المريض", "Kendi ülkesindeki hekimde";
        Clinic = "clinic" => "In the clinic", "في العيادة", "Klinikte";
    }

    /// How the spasm went on after surgery (domain.md §1.11).
    pub enum OutcomeCourse: "outcome_course" {
        Immediate = "immediate" => "Immediate relief", "زوال فوري", "Hemen düzelme";
        Delayed = "delayed" => "Delayed relief", "زوال متأخر", "Gecikmiş düzelme";
        RelapsingRemitting = "relapsing_remitting" => "Relief and relapse in turns", "زوال وانتكاس بالتناوب", "Düzelme ve nükslerle giden seyir";
        Persistent = "persistent" => "Persistent spasm", "تشنج مستمر", "Süren spazm";
        Recurrence = "recurrence" => "Recurrence after relief", "عودة التشنج بعد زواله", "Düzelme sonrası nüks";
    }

    /// The result of surgery in four levels (domain.md §1.11).
    pub enum FourLevelOutcome: "four_level_outcome" {
        Excellent = "excellent" => "Excellent: no spasm", "ممتاز: لا يوجد تشنج", "Mükemmel: spazm yok";
        Good = "good" => "Good: at least 90 % gone", "جيد: تحسن بنسبة 90 % أو أكثر", "İyi: en az %90 düzelme";
        Fair = "fair" => "Fair: at least 50 % gone", "مقبول: تحسن بنسبة 50 % أو أكثر", "Orta: en az %50 düzelme";
        Poor = "poor" => "Poor: less than 50 % gone", "ضعيف: تحسن بنسبة أقل من 50 %", "Kötü: %50'den az düzelme";
    }

    /// Why a case goes back from follow-up to medical review (domain.md §6.3, T46).
    pub enum FollowUpProblem: "follow_up_problem" {
        Persistent = "persistent" => "Spasm never relieved", "لم يزُل التشنج", "Spazm hiç düzelmedi";
        DelayedPending = "delayed_pending" => "Delayed relief still expected", "ما زال الزوال المتأخر متوقعًا", "Gecikmiş düzelme hâlâ bekleniyor";
        Recurrence = "recurrence" => "Spasm came back after relief", "عاد التشنج بعد زواله", "Spazm düzeldikten sonra geri döndü";
        LateComplication = "late_complication" => "Late complication", "مضاعفة متأخرة", "Geç komplikasyon";
        Other = "other" => "Other problem", "مشكلة أخرى", "Diğer sorun";
    }

    /// What the surgeon decides about flying home (domain.md §7.4).
    pub enum FitToFlyDecision: "fit_to_fly_decision" {
        Fit = "fit" => "Fit to fly", "لائق للسفر جوًا", "Uçuşa uygun";
        FitWithConditions = "fit_with_conditions" => "Fit to fly with conditions", "لائق للسفر جوًا بشروط", "Koşullu olarak uçuşa uygun";
        Unfit = "unfit" => "Not fit to fly", "غير لائق للسفر جوًا", "Uçuşa uygun değil";
    }
}
