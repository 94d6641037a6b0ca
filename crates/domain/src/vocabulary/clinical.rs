//! Coded values of the clinical assessment: symptoms, history, diagnosis and the doctor's decision.

use super::coded;

coded! {
    /// Which side of the face is affected; it drives the hard stop against surgery on the wrong side (domain.md §1.2; FHIR Condition.bodySite laterality).
    pub enum Laterality: "laterality" {
        Left = "left" => "Left", "الأيسر", "Sol";
        Right = "right" => "Right", "الأيمن", "Sağ";
        Bilateral = "bilateral" => "Both sides", "الجانبان", "İki taraflı";
        Uncertain = "uncertain" => "Uncertain", "غير مؤكد", "Belirsiz";
    }

    /// Where in the face the spasm began (domain.md §1.2).
    pub enum OnsetSite: "onset_site" {
        LowerEyelid = "lower_eyelid" => "Lower eyelid", "الجفن السفلي", "Alt göz kapağı";
        UpperEyelid = "upper_eyelid" => "Upper eyelid", "الجفن العلوي", "Üst göz kapağı";
        Perioral = "perioral" => "Around the mouth", "حول الفم", "Ağız çevresi";
        Cheek = "cheek" => "Cheek", "الخد", "Yanak";
        WholeSide = "whole_side" => "Whole side of the face", "كامل نصف الوجه", "Yüzün tüm yarısı";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
    }

    /// In which direction the spasm spread: from the eye to the mouth, or the rarer reverse (domain.md §1.2).
    pub enum SpasmForm: "spasm_form" {
        Typical = "typical" => "Typical (from the eye to the mouth)", "نموذجي (من العين إلى الفم)", "Tipik (gözden ağza)";
        Atypical = "atypical" => "Atypical (from the mouth to the eye)", "غير نموذجي (من الفم إلى العين)", "Atipik (ağızdan göze)";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
    }

    /// A region that the spasm involves (domain.md §1.2; FHIR Observation.bodySite).
    pub enum SpasmRegion: "spasm_region" {
        Periocular = "periocular" => "Around the eye", "حول العين", "Göz çevresi";
        Frontalis = "frontalis" => "Forehead (frontalis)", "الجبهة (العضلة الجبهية)", "Alın (frontal kas)";
        ZygomaticCheek = "zygomatic_cheek" => "Cheek (zygomatic muscles)", "الخد (العضلات الوجنية)", "Yanak (zigomatik kaslar)";
        Perioral = "perioral" => "Around the mouth", "حول الفم", "Ağız çevresi";
        ChinMentalis = "chin_mentalis" => "Chin (mentalis)", "الذقن (العضلة الذقنية)", "Çene ucu (mentalis kası)";
        PlatysmaNeck = "platysma_neck" => "Neck (platysma)", "الرقبة (العضلة الجلدية للعنق)", "Boyun (platisma)";
        JawDeviation = "jaw_deviation" => "Pull of the jaw to one side", "انحراف الفك إلى جانب واحد", "Çenede yana kayma";
        StapediusEar = "stapedius_ear" => "Ear (stapedius)", "الأذن (العضلة الركابية)", "Kulak (stapedius kası)";
    }

    /// Whether the muscle twitches or stays contracted (domain.md §1.2).
    pub enum SpasmType: "spasm_type" {
        Clonic = "clonic" => "Clonic (brief twitches)", "رمعي (نفضات قصيرة)", "Klonik (kısa seğirmeler)";
        Tonic = "tonic" => "Tonic (sustained contraction)", "توتري (تقلص مستمر)", "Tonik (süregen kasılma)";
        Mixed = "mixed" => "Mixed", "مختلط", "Karma";
    }

    /// How often the spasm comes, in the order of the Jankovic frequency score 0 to 4 (domain.md §1.2, §1.3).
    pub enum SpasmFrequency: "spasm_frequency" {
        None = "none" => "None", "لا يوجد تشنج", "Spazm yok";
        UnderOncePerHour = "<1_per_hour" => "Less than once an hour", "أقل من مرة في الساعة", "Saatte birden az";
        OverOncePerHour = ">1_per_hour" => "More than once an hour", "أكثر من مرة في الساعة", "Saatte birden çok";
        FrequentWithBreaks = "frequent_with_breaks" => "Frequent, with breaks", "متكرر مع فترات راحة", "Sık, aralıklı";
        Continuous = "continuous" => "Almost continuous", "شبه مستمر", "Neredeyse sürekli";
    }

    /// The answer to a yes-or-no question that may be unknown (domain.md §1.2, §1.8).
    pub enum YesNoUnknown: "yes_no_unknown" {
        Yes = "yes" => "Yes", "نعم", "Evet";
        No = "no" => "No", "لا", "Hayır";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
    }

    /// What brings the spasm on or makes it worse (domain.md §1.2).
    pub enum SpasmTrigger: "spasm_trigger" {
        Fatigue = "fatigue" => "Fatigue", "التعب", "Yorgunluk";
        StressAnxiety = "stress_anxiety" => "Stress or anxiety", "التوتر النفسي أو القلق", "Stres veya kaygı";
        EmotionCrying = "emotion_crying" => "Emotion or crying", "الانفعال أو البكاء", "Duygulanma veya ağlama";
        Speaking = "speaking" => "Speaking", "الكلام", "Konuşma";
        Reading = "reading" => "Reading", "القراءة", "Okuma";
        Chewing = "chewing" => "Chewing", "المضغ", "Çiğneme";
        BrightLight = "bright_light" => "Bright light", "الضوء الساطع", "Parlak ışık";
        Cold = "cold" => "Cold", "البرد", "Soğuk";
        None = "none" => "No trigger", "لا يوجد محفّز", "Tetikleyici yok";
    }

    /// What eases the spasm; a sensory trick rather suggests dystonia (domain.md §1.2).
    pub enum Reliever: "reliever" {
        Rest = "rest" => "Rest", "الراحة", "Dinlenme";
        Botulinum = "botulinum" => "Botulinum toxin", "حقن البوتولينوم", "Botulinum toksini";
        Drug = "drug" => "Medicine", "الأدوية", "İlaç";
        TouchTrick = "touch_trick" => "Touching the face (sensory trick)", "لمس الوجه (حيلة حسية)", "Yüze dokunma (duyusal hile)";
        Alcohol = "alcohol" => "Alcohol", "الكحول", "Alkol";
        None = "none" => "Nothing eases it", "لا شيء يخففه", "Hiçbir şey rahatlatmıyor";
    }

    /// A complaint of the ear that goes with the spasm (domain.md §1.2).
    pub enum EarSymptom: "ear_symptom" {
        Tinnitus = "tinnitus" => "Tinnitus", "طنين الأذن", "Kulak çınlaması (tinnitus)";
        Clicking = "clicking" => "Clicking in the ear", "طقطقة في الأذن", "Kulakta tıkırtı";
        HearingLoss = "hearing_loss" => "Hearing loss", "نقص السمع", "İşitme kaybı";
        Fullness = "fullness" => "Fullness of the ear", "الشعور بامتلاء الأذن", "Kulakta dolgunluk";
        None = "none" => "No ear symptom", "لا توجد أعراض في الأذن", "Kulak yakınması yok";
    }

    /// How far the spasm disturbs seeing (domain.md §1.2).
    pub enum VisionInterference: "vision_interference" {
        None = "none" => "None", "لا يؤثر في الرؤية", "Görmeyi etkilemiyor";
        Reading = "reading" => "Disturbs reading", "يعيق القراءة", "Okumayı engelliyor";
        Driving = "driving" => "Disturbs driving", "يعيق قيادة السيارة", "Araç kullanmayı engelliyor";
        FunctionalBlindness = "functional_blindness" => "Functional blindness", "عمى وظيفي", "İşlevsel körlük";
    }

    /// The other Babinski sign, `other_babinski`: the brow lifts while the eye closes (domain.md §1.2).
    pub enum BabinskiSign: "babinski_sign" {
        Present = "present" => "Present", "موجودة", "Var";
        Absent = "absent" => "Absent", "غائبة", "Yok";
        NotTested = "not_tested" => "Not tested", "لم تُفحص", "Bakılmadı";
    }

    /// A facial palsy in the past, after which synkinesis may look like a spasm (domain.md §1.2).
    pub enum PreviousFacialPalsy: "previous_facial_palsy" {
        None = "none" => "None", "لا يوجد", "Yok";
        Bell = "bell" => "Bell's palsy", "شلل بيل", "Bell felci";
        Trauma = "trauma" => "After an injury", "بعد إصابة", "Travma sonrası";
        Surgical = "surgical" => "After surgery", "بعد جراحة", "Cerrahi sonrası";
    }

    /// A finding that points to a secondary cause or to another disease (domain.md §1.2).
    pub enum RedFlag: "red_flag" {
        AgeUnder30 = "age_lt_30" => "Age under 30 years", "العمر أقل من 30 سنة", "30 yaşın altında";
        Bilateral = "bilateral" => "Both sides affected", "إصابة الجانبين", "İki taraflı tutulum";
        Pain = "pain" => "Pain", "ألم", "Ağrı";
        FacialNumbness = "facial_numbness" => "Numbness of the face", "خدر في الوجه", "Yüzde uyuşma";
        Diplopia = "diplopia" => "Double vision", "ازدواج الرؤية", "Çift görme (diplopi)";
        GaitAtaxia = "gait_ataxia" => "Unsteady gait (ataxia)", "ترنح في المشي (رنح)", "Yürüyüş dengesizliği (ataksi)";
        LimbWeakness = "limb_weakness" => "Weakness of an arm or a leg", "ضعف في الأطراف", "Kol veya bacakta güçsüzlük";
        SuddenHearingLoss = "sudden_hearing_loss" => "Sudden hearing loss", "فقدان سمع مفاجئ", "Ani işitme kaybı";
        Seizure = "seizure" => "Seizure", "نوبة صرعية", "Epileptik nöbet";
        AcuteHeadache = "acute_headache" => "Acute headache", "صداع حاد مفاجئ", "Ani başlangıçlı baş ağrısı";
        WeightLossCancerHistory = "weight_loss_cancer_history" => "Weight loss or history of cancer", "نقص الوزن أو سوابق سرطان", "Kilo kaybı veya kanser öyküsü";
        RapidProgression = "rapid_progression" => "Rapid progression", "تطور سريع للأعراض", "Hızlı ilerleme";
    }

    /// Whether a part of the history was asked for: explicitly nothing, not known, or recorded (domain.md §6.3, T08; FHIR emptyReason).
    pub enum Answered: "answered" {
        None = "none" => "None, as asked", "لا يوجد، بعد السؤال", "Soruldu, yok";
        Unknown = "unknown" => "Unknown", "غير معروف", "Bilinmiyor";
        Recorded = "recorded" => "Recorded", "مسجّل", "Kaydedildi";
    }

    /// A part of the medical history that must be answered before medical review (domain.md §6.3, T08).
    pub enum HistoryItem: "history_item" {
        Drugs = "drugs" => "Medicines", "الأدوية", "İlaçlar";
        Allergies = "allergies" => "Allergies", "الحساسية", "Alerjiler";
        Comorbidity = "comorbidity" => "Other diseases", "الأمراض المصاحبة", "Eşlik eden hastalıklar";
        Anticoagulant = "anticoagulant" => "Anticoagulants and antiplatelets", "مميعات الدم ومضادات الصفيحات", "Kan sulandırıcılar (antikoagülan ve antiagregan)";
        Botulinum = "botulinum" => "Botulinum toxin treatment", "العلاج بحقن البوتولينوم", "Botulinum toksini tedavisi";
        PriorSurgery = "prior_surgery" => "Previous surgery", "العمليات الجراحية السابقة", "Geçirilmiş ameliyatlar";
    }

    /// How the patient was assessed (domain.md §7.4).
    pub enum AssessmentModality: "assessment_modality" {
        Phone = "phone" => "By telephone", "عبر الهاتف", "Telefonla";
        Video = "video" => "By video", "عبر الفيديو", "Görüntülü görüşmeyle";
        InPerson = "in_person" => "In person", "حضوريًا", "Yüz yüze";
    }

    /// The working diagnosis: hemifacial spasm or what resembles it (domain.md §1.4; FHIR Condition.code).
    pub enum Diagnosis: "diagnosis" {
        HfsPrimary = "hfs_primary" => "Primary (vascular) hemifacial spasm", "تشنج نصف الوجه الأولي (الوعائي)", "Primer (vasküler) hemifasiyal spazm";
        HfsSecondary = "hfs_secondary" => "Secondary hemifacial spasm", "تشنج نصف الوجه الثانوي", "Sekonder hemifasiyal spazm";
        Blepharospasm = "blepharospasm" => "Blepharospasm", "تشنج الأجفان", "Blefarospazm";
        PostParalyticSynkinesis = "post_paralytic_synkinesis" => "Synkinesis after facial palsy", "الحركات المصاحبة (التصاحب الحركي) بعد شلل الوجه", "Yüz felci sonrası sinkinezi";
        FacialMyokymia = "facial_myokymia" => "Facial myokymia", "ميوكيميا الوجه (تموج عضلي)", "Fasiyal miyokimi";
        EyelidMyokymia = "eyelid_myokymia" => "Eyelid myokymia", "ميوكيميا الجفن (رفة الجفن)", "Göz kapağı miyokimisi";
        FacialTic = "facial_tic" => "Facial tic", "عرّة وجهية", "Yüz tiki";
        FocalSeizure = "focal_seizure" => "Focal seizure", "نوبة صرعية بؤرية", "Fokal nöbet";
        OromandibularDystonia = "oromandibular_dystonia" => "Oromandibular dystonia", "خلل التوتر الفموي الفكي", "Oromandibular distoni";
        HemimasticatorySpasm = "hemimasticatory_spasm" => "Hemimasticatory spasm", "تشنج عضلات المضغ في جانب واحد", "Hemimastikatuvar spazm";
        Functional = "functional" => "Functional (psychogenic) facial movement disorder", "اضطراب حركي وظيفي في الوجه (نفسي المنشأ)", "Fonksiyonel (psikojenik) yüz hareket bozukluğu";
        BellPalsy = "bell_palsy" => "Bell's palsy", "شلل بيل", "Bell felci";
        ThirdNervePalsy = "cn3_palsy" => "Third cranial nerve palsy", "شلل العصب القحفي الثالث", "Üçüncü kraniyal sinir felci";
        TrigeminalNeuralgia = "trigeminal_neuralgia" => "Trigeminal neuralgia", "ألم العصب ثلاثي التوائم", "Trigeminal nevralji";
    }

    /// The kind of treatment without surgery (domain.md §6.3, T10; FHIR CarePlan.category).
    pub enum ConservativePlan: "conservative_plan" {
        Drug = "drug" => "Medicines", "العلاج الدوائي", "İlaç tedavisi";
        Botulinum = "botulinum" => "Botulinum toxin injections", "حقن البوتولينوم", "Botulinum toksini enjeksiyonları";
        Observation = "observation" => "Observation", "المراقبة", "İzlem";
    }

    /// What the doctor recommends after review (domain.md §7.4).
    pub enum Recommendation: "recommendation" {
        SurgicalOpinion = "surgical_opinion" => "Obtain a surgical opinion", "طلب رأي جراحي", "Cerrahi görüş alınması";
        Botulinum = "botulinum" => "Botulinum toxin injections", "حقن البوتولينوم", "Botulinum toksini enjeksiyonları";
        Drug = "drug" => "Medicines", "العلاج الدوائي", "İlaç tedavisi";
        Observe = "observe" => "Observation", "المراقبة", "İzlem";
        Unsuitable = "unsuitable" => "Not suitable for surgery", "غير مناسب للجراحة", "Ameliyata uygun değil";
        OtherDiagnosis = "other_dx" => "Another diagnosis", "تشخيص آخر", "Başka bir tanı";
        UrgentLocalCare = "urgent_local_care" => "Urgent care where the patient is", "رعاية عاجلة في مكان وجود المريض", "Bulunduğu yerde acil tıbbi bakım";
        MoreData = "more_data" => "More data needed", "يلزم مزيد من البيانات", "Ek veri gerekli";
    }

    /// Why a patient is not suitable for surgery (domain.md §6.3, T12).
    pub enum UnsuitabilityReason: "unsuitability_reason" {
        Contraindication = "contraindication" => "Contraindication", "وجود مانع للجراحة", "Kontrendikasyon";
        DeclinedRisk = "declined_risk" => "Patient does not accept the risk", "المريض لا يقبل المخاطر", "Hasta riski kabul etmiyor";
        NotDisabling = "not_disabling" => "Spasm is not disabling", "التشنج غير معيق", "Spazm yaşamı kısıtlamıyor";
        SecondaryCause = "secondary_cause" => "Secondary cause", "سبب ثانوي", "İkincil neden";
        Comorbidity = "comorbidity" => "Other disease", "مرض مصاحب", "Eşlik eden hastalık";
        Other = "other" => "Other reason", "سبب آخر", "Diğer neden";
    }

    /// A point that speaks for microvascular decompression, answered yes, no or unknown (domain.md §1.8).
    pub enum IndicationItem: "indication_item" {
        PrimaryHfsConfirmed = "primary_hfs_confirmed" => "Primary hemifacial spasm confirmed by a clinician", "تشخيص تشنج نصف الوجه الأولي مؤكد من طبيب", "Primer hemifasiyal spazm tanısı hekimce doğrulandı";
        DisablingSpasm = "disabling_spasm" => "Disabling spasm (SMC grade II or more, or impact on vision or social life)", "تشنج معيق (الدرجة II فأكثر على مقياس SMC، أو تأثير في الرؤية أو الحياة الاجتماعية)", "Yaşamı kısıtlayan spazm (SMC evre II ve üzeri ya da görmeye veya sosyal yaşama etki)";
        SameSideConflict = "same_side_conflict" => "Neurovascular conflict on MRI on the same side", "تماس عصبي وعائي في الجانب نفسه بالرنين المغناطيسي", "MR'da aynı tarafta nörovasküler bası";
        BotulinumInadequate = "botulinum_inadequate" => "Botulinum toxin failed, is wearing off, was refused or is not tolerated", "فشل حقن البوتولينوم أو تراجع مفعوله أو رفضه أو عدم تحمله", "Botulinum toksini etkisiz kaldı, etkisi azaldı, reddedildi veya tolere edilemedi";
        DefinitiveTreatmentPreferred = "definitive_treatment_preferred" => "Patient prefers definitive treatment and understands the risks", "المريض يفضل العلاج الجذري ويدرك مخاطره", "Hasta kalıcı tedaviyi tercih ediyor ve riskleri anlıyor";
        RedoIntervalElapsed = "redo_interval_elapsed" => "At least 12 months since an earlier decompression", "مضى 12 شهرًا على الأقل منذ جراحة سابقة لتخفيف الضغط", "Önceki dekompresyonun üzerinden en az 12 ay geçti";
    }

    /// A point that speaks against microvascular decompression or asks for caution, answered yes, no or unknown (domain.md §1.8).
    pub enum ContraindicationItem: "contraindication_item" {
        SecondaryCauseNotWorkedUp = "secondary_cause_not_worked_up" => "Secondary cause (tumour, AVM, MS) not worked up", "سبب ثانوي لم يُستقصَ بعد (ورم أو تشوه شرياني وريدي أو تصلب متعدد)", "Araştırılmamış ikincil neden (tümör, AVM, MS)";
        AnaesthesiaNotTolerated = "anaesthesia_not_tolerated" => "Cannot tolerate general anaesthesia or posterior fossa surgery (ASA IV or V)", "عدم تحمل التخدير العام أو جراحة الحفرة الخلفية (ASA IV أو V)", "Genel anestezi veya arka çukur cerrahisini kaldıramaz (ASA IV veya V)";
        ActiveInfection = "active_infection" => "Active infection", "عدوى نشطة", "Aktif enfeksiyon";
        UncontrolledHypertension = "uncontrolled_hypertension" => "Uncontrolled hypertension", "ارتفاع ضغط الدم غير المضبوط", "Kontrolsüz hipertansiyon";
        UncontrolledDiabetes = "uncontrolled_diabetes" => "Uncontrolled diabetes", "داء السكري غير المضبوط", "Kontrolsüz diyabet";
        Coagulopathy = "coagulopathy" => "Coagulopathy", "اضطراب تخثر الدم", "Pıhtılaşma bozukluğu (koagülopati)";
        AnticoagulationUnstoppable = "anticoagulation_unstoppable" => "Anticoagulation that cannot be stopped", "مميعات دم لا يمكن إيقافها", "Kesilemeyen antikoagülan tedavi";
        OnlyHearingEar = "only_hearing_ear" => "Only hearing ear on the side of surgery", "الأذن السامعة الوحيدة في جانب الجراحة", "Ameliyat tarafındaki kulak işiten tek kulak";
        Pregnancy = "pregnancy" => "Pregnancy", "الحمل", "Gebelik";
        UnableToConsent = "unable_to_consent" => "Unable to consent", "عدم القدرة على إعطاء الموافقة", "Onam verme ehliyeti yok";
        UnrealisticExpectation = "unrealistic_expectation" => "Unrealistic expectation", "توقعات غير واقعية", "Gerçekçi olmayan beklenti";
        ShortFollowUpStay = "short_follow_up_stay" => "Stay too short for follow-up", "مدة إقامة غير كافية للمتابعة", "Kontrol için yetersiz kalış süresi";
    }
}
