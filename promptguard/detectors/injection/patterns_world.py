# ruff: noqa: E501  (a pattern reads best unbroken)
"""The injection rules in other languages: override, extraction and persona, one pattern for each family of languages.

The verbs and nouns are stems, so that inflected forms hit too. The system prompt, a password and "ChatGPT" are called
much the same in many of these languages, which is why the nouns of one rule serve several.
"""

from promptguard.detectors.injection.patterns import EXTRACTION, INDIRECT, OVERRIDE, PERSONA, Rule

# ASCII letters and digits, or anything beyond ASCII: small automata, where Unicode's own classes make huge ones.
_W = r"[^\x00-\x2f:-@\[-`{-\x7f]"
_B = r"(?:^|[\x00-@\[-`{-\x7f])"
_G = r"[^.!?\n]*"

WORLD_RULES: tuple[Rule, ...] = (
    Rule(
        "override_de",
        OVERRIDE,
        rf"{_B}(?:ignorier{_W}*|vergi(?:ss|ß){_W}*|vergesse?n?|missachte{_W}*|verwirf|übergeh{_W}*|überschreib{_W}*|beachte{_W}* nicht|umgeh{_W}*|lösche?|setz{_W}* dich hinweg){_G}{_B}(?:anweisung{_W}*|instruktion{_W}*|regeln?|vorgaben?|befehle?|richtlinien?|prompts?|davor|zuvor|bisher{_W}*|vorherig{_W}*|obig{_W}*|oben|alles|gesagt{_W}*|beschränkung{_W}*|aufgaben?|nachricht{_W}*|filter)",
    ),
    Rule(
        "override_fr",
        OVERRIDE,
        rf"{_B}(?:ignor{_W}+|oubli{_W}+|n[ée]glig{_W}+|ne (?:tiens|tenez|tenir) pas compte|fai(?:s|tes) abstraction|contourn{_W}+|abandonn{_W}+|efface{_W}*|écart{_W}+|outrepass{_W}+|désobéi{_W}*){_G}{_B}(?:instructions?|consignes?|règles?|directives?|ordres?|prompts?|précédent{_W}*|ci-dessus|avant|tout ce|restrictions?|invites?|messages?|filtres?|limites?|demandes?)",
    ),
    Rule(
        "override_es_pt",
        OVERRIDE,
        rf"{_B}(?:ignor{_W}+|olvid{_W}+|esque[çc]{_W}+|desconsider{_W}+|omit{_W}+|descart{_W}+|desobedec{_W}+|desobede[çc]{_W}+|haz caso omiso|no (?:hagas caso|sigas|tengas en cuenta)|não (?:siga|obede[çc]a)|pasa por alto|anul{_W}+|elud{_W}+|burl{_W}+){_G}{_B}(?:instruc{_W}+|reglas?|regras?|órden{_W}*|ordens?|indicacion{_W}*|directric{_W}*|diretriz{_W}*|prompts?|anterior{_W}*|arriba|acima|antes|todo lo|tudo (?:o )?que|restric{_W}+|restriç{_W}+|mensaj{_W}*|mensagen{_W}*|filtros?|comandos?|previ{_W}+|tareas?|tarefas?|pautas)",
    ),
    Rule(
        "override_it_ro",
        OVERRIDE,
        rf"{_B}(?:ignor{_W}+|dimentic{_W}+|trascur{_W}+|non (?:seguire|considerare|tenere conto)|scordat{_W}+|tralasci{_W}+|uit{_W}+|uită|nu (?:urma|ține cont)|aggir{_W}+|annull{_W}+){_G}{_B}(?:istruzion{_W}+|regol{_W}+|direttiv{_W}+|ordin{_W}+|prompts?|precedent{_W}+|sopra|prima|tutto (?:ciò|quello)|indicazion{_W}+|restrizion{_W}+|comand{_W}+|instrucțiun{_W}+|instructiun{_W}+|reguli{_W}*|anterioar{_W}+|tot ce|messagg{_W}+|compit{_W}+|limit{_W}+|linee guida)",
    ),
    Rule(
        "override_nl_nordic",
        OVERRIDE,
        rf"{_B}(?:negeer|negeren|vergeet|sla{_W}* over|omzeil|ignorera|glöm|bortse från|strunta i|ignorer|glem|se bort fra|unohda|jätä huomiotta|sivuuta){_G}{_B}(?:instructies?|regels?|opdracht{_W}*|aanwijzing{_W}*|prompts?|vorige|voorgaande|eerdere|alles|hierboven|instruktion{_W}*|regler{_W}*|tidigare|föregående|ovan|allt|tidligere|foregående|forrige|alt|over|instrukser?|ohje{_W}*|säännöt|sääntö{_W}*|aiem{_W}+|edelli{_W}+|kaikki|beperking{_W}*|richtlijnen)",
    ),
    Rule(
        "override_pl_cs",
        OVERRIDE,
        rf"{_B}(?:zignoruj{_W}*|ignoruj{_W}*|zapomnij{_W}*|pomiń{_W}*|nie zważaj|odrzuć|zapomeň{_W}*|nedbej|přehlédni|vynechej|nedodržuj|zabudni|porzuć|obejdź|obejdi){_G}{_B}(?:instrukcj{_W}+|polece{_W}+|zasad{_W}*|poprzedni{_W}+|wcześniejsz{_W}+|powyższ{_W}+|wszystk{_W}+|wytyczn{_W}+|regu[łl]{_W}*|pokyn{_W}*|instrukc{_W}+|předchoz{_W}+|pravid{_W}+|všechn{_W}+|vše|predchádzaj{_W}+|ogranicze{_W}+|prompt{_W}*|co ci)",
    ),
    Rule(
        "override_ru_uk",
        OVERRIDE,
        rf"(?:игнорир{_W}*|проигнорир{_W}*|забуд{_W}*|забыть|не обращай|отбрось|отмени{_W}*|пренебреги{_W}*|не следуй|пропусти|обойди|нехтуй|ігнор{_W}*|проігнор{_W}*|не зважай|відкинь|сотри){_G}(?:инструкц{_W}*|указани{_W}*|правил{_W}*|предыдущ{_W}*|прошл{_W}*|команд{_W}*|всё|все|выше|директив{_W}*|ограничени{_W}*|промпт{_W}*|інструкц{_W}*|вказівк{_W}*|попередн{_W}*|обмежен{_W}*|сказал{_W}*|запрос{_W}*|задани{_W}*)",
    ),
    Rule(
        "override_tr",
        OVERRIDE,
        rf"(?:(?:talimat{_W}*|yönerge{_W}*|kural{_W}*|komut{_W}*|önceki|yukarıdaki|her ?şeyi|söylenen{_W}*|kısıtlama{_W}*|mesaj{_W}*){_G}(?:unut{_W}*|görmezden|yok say{_W}*|dikkate alma{_W}*|boş ?ver{_W}*|göz ardı|atla{_W}*|geçersiz|uyma{_W}*))",
    ),
    Rule(
        "override_el_hu",
        OVERRIDE,
        rf"(?:(?:αγνόησ{_W}*|αγνοήστε|ξέχασ{_W}*|ξεχάστε|παράβλεψ{_W}*|μην ακολουθ{_W}*){_G}(?:οδηγί{_W}*|κανόν{_W}*|προηγούμεν{_W}*|εντολ{_W}*|όλα|όλες|παραπάνω|περιορισμ{_W}*)|(?:hagyd figyelmen|felejtsd? el|felejts el|ne törődj|mellőzd){_G}(?:utasítás{_W}*|szabály{_W}*|előző{_W}*|korábbi{_W}*|minden{_W}*|fenti{_W}*))",
    ),
    Rule(
        "override_zh",
        OVERRIDE,
        r"(?:忽略|無視|无视|忘记|忘記|忘掉|不要理会|不要理會|抛开|拋開|放弃|覆盖|绕过|繞過|不理会|别管|取消|跳过|删除|违反|不再遵守)[^.!?。！？।\n]*(?:指令|指示|规则|規則|提示|之前|以前|前面|上面|以上|所有|先前|设定|設定|要求|命令|限制|内容|过滤|准则|说明)",
    ),
    Rule(
        "override_ja",
        OVERRIDE,
        r"(?:(?:指示|命令|ルール|規則|プロンプト|前|上記|これまで|以前|先ほど|すべて|全て|制限|設定|ガイドライン|内容)[^.!?。！？।\n]*(?:無視|忘れ|破棄|従わ(?:ない|なく|ず)|無効|取り消|リセット|解除|上書き|スキップ|守らな))",
    ),
    Rule(
        "override_ko",
        OVERRIDE,
        r"(?:(?:지시|명령|규칙|지침|프롬프트|이전|위의|앞의|모든|제한|설정|내용|말한)[^.!?。！？।\n]*(?:무시|잊어|잊으|따르지 마|폐기|취소|무효|우회|해제|건너뛰|초기화))",
    ),
    Rule(
        "override_ar_fa",
        OVERRIDE,
        r"(?:تجاهل|اهمل|أهمل|انس|إنس|انسَ|تجاوز|تخطى|لا تتبع|نادیده بگیر|فراموش کن|نظرانداز|بھول جا)[^.!?。！？।\n]*(?:تعليمات|التعليمات|الأوامر|أوامر|القواعد|قواعد|السابق|أعلاه|كل ما|جميع|قبل|التوجيهات|القيود|تعليماتك|دستور|قبلی|ہدایات)|(?:دستور\S*|قوانین|قبلی|ہدایات|پچھلی)[^.!?。！？।\n]*(?:نادیده|فراموش|نظر ?انداز|بھول)",
    ),
    Rule(
        "override_indic",
        OVERRIDE,
        r"(?:(?:निर्देश|नियम|आदेश|पिछल|पहले|उपरोक्त|ऊपर|सभी|सब कुछ|प्रतिबंध|নির্দেশ|নিয়ম|আগের|সব|பழைய|வழிமுறை|అన్ని|సూచన|ਹਦਾਇਤ|સૂચના)[^.!?。！？।\n]*(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल जा|भूल|इग्नोर|उपेक्षा|অগ্রাহ্য|উপেক্ষা|ভুলে|এড়িয়ে|புறக்கணி|மறந்து|విస్మరించ|మర్చిపో|ਅਣਡਿੱਠ|અવગણ))",
    ),
    Rule(
        "override_sea",
        OVERRIDE,
        rf"(?:{_B}(?:abaikan|lupakan|hiraukan|jangan ikuti|kesampingkan|langgar)[^.!?。！？।\n]*{_B}(?:instruksi|perintah|aturan|arahan|sebelumnya|di atas|semua|terdahulu|batasan|petunjuk|peraturan)|(?:bỏ qua|quên|phớt lờ|lờ đi|đừng (?:làm theo|tuân)|hủy bỏ)[^.!?。！？।\n]*(?:hướng dẫn|chỉ dẫn|quy tắc|lệnh|trước|trên|tất cả|mọi|yêu cầu|giới hạn)|(?:ละเว้น|เพิกเฉย|ลืม|ไม่ต้องสนใจ|อย่าสนใจ|ข้าม|ไม่ต้องทำตาม)[^.!?。！？।\n]*(?:คำสั่ง|กฎ|ก่อนหน้า|ข้างต้น|ทั้งหมด|ที่ผ่านมา|คำแนะนำ|ข้อจำกัด)|(?:huwag pansinin|balewalain|kalimutan)[^.!?。！？।\n]*(?:tagubilin|utos|panuntunan|nauna|lahat|sinabi)|(?:puuza|sahau|kupuuza)[^.!?。！？।\n]*(?:maagizo|maelekezo|sheria|yote|awali))",
    ),
    Rule(
        "override_he",
        OVERRIDE,
        r"(?:התעלם|התעלמי|תתעלם|שכח|תשכח|אל תציית|דלג)[^.!?。！？।\n]*(?:הוראות|ההוראות|כללים|הכללים|הקודמ|לעיל|כל|מגבלות|הנחיות)",
    ),
    Rule(
        "extract_germanic",
        EXTRACTION,
        rf"{_B}(?:zeig{_W}*|nenn{_W}*|verrat{_W}*|gib|gebe?n?|wiederhol{_W}*|sag{_W}*|schreib{_W}*|wie lautet|was (?:ist|sind|war(?:en)?|steht)|toon|geef|herhaal|noem|wat (?:is|zijn|was|waren)|vertel|visa|berätta|skriv{_W}*|vis|gentag|vad är|hvad er|offenbar{_W}*|druck{_W}*|übersetz{_W}*){_G}{_B}(?:system-?prompt{_W}*|systemnachricht|anweisung{_W}*|geheim{_W}*|passwor[td]{_W}*|kennwort{_W}*|instruktion{_W}*|schlüssel{_W}*|regeln|wachtwoord{_W}*|geheime?|instructies|systeemprompt|systeminstru{_W}*|lösenord{_W}*|hemlig{_W}*|adgangskode{_W}*|ursprünglich{_W}*|vertraulich{_W}*|zugangscode{_W}*|verborgen{_W}*|anvisningar)",
    ),
    Rule(
        "extract_romance",
        EXTRACTION,
        rf"{_B}(?:mu[eé]str{_W}+|mostr{_W}+|reve?l{_W}+|di(?:me|ga{_W}*|z{_W}*|s|tes|mmi|ci)|dá{_W}*|dame|donne{_W}*|montre{_W}*|affich{_W}+|répét{_W}+|répèt{_W}+|repit{_W}+|repet{_W}+|ripet{_W}+|imprim{_W}+|stamp{_W}+|escrib{_W}+|escrev{_W}+|scriv{_W}+|cu[aá]l{_W}*|qu[eé]l?{_W}*|quell{_W}*|qual{_W}*|qu'?est|traduc{_W}+|traduz{_W}+|compart{_W}+|arată{_W}*|spune{_W}*|care (?:e|este|sunt)|fornisci{_W}*){_G}{_B}(?:prompt{_W}*|instru[cçz]{_W}+|istruzion{_W}+|secret{_W}*|segret{_W}*|segred{_W}*|contrase[ñn]a{_W}*|senha{_W}*|mot de passe|mots? secrets?|parola|password|clave{_W}*|chave{_W}*|clé{_W}*|chiave|codes? d'accès|c[oó]dig{_W}+ (?:de acces|secret|de acesso)|mensaje del sistema|message système|consignes|ocult{_W}+|cach[ée]{_W}*|nascost{_W}*|confiden[cz]{_W}+|reglas|règles|regole|instrucțiun{_W}+|parol{_W}+|secretul)",
    ),
    Rule(
        "extract_slavic",
        EXTRACTION,
        rf"(?:{_B}(?:pokaż|podaj|ujawnij|wyświetl|powtórz|zdradź|jak(?:ie|i|a)|powiedz|wypisz|napisz|przetłumacz|ukaž|prozraď|zopakuj|vypiš|jak[éý]|řekni){_G}(?:has[łl]{_W}*|instrukcj{_W}*|tajn{_W}*|prompt{_W}*|klucz{_W}*|zasad{_W}*|hesl{_W}*|instrukc{_W}*|pokyn{_W}*|tajemstv{_W}*|ukryt{_W}*|poufn{_W}*|sekret{_W}*)|(?:покажи{_W}*|раскрой|выведи|скажи{_W}*|назови|повтори{_W}*|напиши|какой|каков{_W}*|какие|переведи|сообщи|выдай|розкрий|назви|який|які|виведи|яка){_G}(?:парол{_W}*|инструкц{_W}*|секрет{_W}*|промпт{_W}*|ключ{_W}*|правила|указани{_W}*|систем{_W}* (?:сообщ|подсказ|запрос){_W}*|інструкц{_W}*|таємн{_W}*|скрыт{_W}*|код доступа|начальн{_W}*|прихован{_W}*|тайн{_W}*))",
    ),
    Rule(
        "extract_cjk",
        EXTRACTION,
        r"(?:(?:显示|顯示|告诉|告訴|透露|输出|輸出|重复|重複|说出|說出|列出|打印|给我|給我|翻译|翻譯|公开|是什么|是什麼|泄露|写出|复述|展示)[^.!?。！？।\n]*(?:提示词|提示詞|系统提示|系統提示|系统消息|密码|密碼|口令|密钥|密鑰|秘密|指令|机密|機密|初始|隐藏|规则|暗号)|(?:提示词|系统提示|系統提示|密码|密碼|口令|密钥|秘密|暗号|指令)[^.!?。！？।\n]*(?:是什么|是什麼|告诉我|告訴我|给我|多少|显示|输出)|(?:プロンプト|パスワード|合言葉|秘密|指示|システムメッセージ|暗証番号|機密|キー|ルール|命令)[^.!?。！？।\n]*(?:教え|見せ|表示|出力|何(?:です|だ|でした)|繰り返|書き出|漏ら|明か|翻訳|公開|示し)|(?:프롬프트|비밀번호|암호|비밀|지시|시스템 메시지|비밀 ?키|지침|규칙|접근 코드|명령)[^.!?。！？।\n]*(?:알려|보여|출력|말해|무엇|뭐|반복|공개|번역|표시|써|나열|밝혀))",
    ),
    Rule(
        "extract_semitic_indic",
        EXTRACTION,
        r"(?:(?:اعرض|أظهر|اظهر|اكشف|أخبرني|اخبرني|اطبع|كرر|ما هي|ما هو|قل لي|أعطني|اعطني|ترجم|اكتب|نشان بده|بگو|چیست)[^.!?。！？।\n]*(?:تعليمات|تعليماتك|التعليمات|كلمة (?:السر|المرور)|السر|سري|الموجه|مفتاح|القواعد|النظام|المخفية|رمز|رمز عبور|دستور)|(?:पासवर्ड|निर्देश|गुप्त|रहस्य|सिस्टम प्रॉम्प्ट|प्रॉम्प्ट|कुंजी|नियम|গোপন|পাসওয়ার্ড|নির্দেশ|কী)[^.!?。！？।\n]*(?:बता|दिखा|क्या (?:है|हैं|थे|दिए)|प्रकट|दोहरा|लिख|প্রকাশ|বল|দেখা|কী ছিল)|(?:הצג|הראה|גלה|חשוף|ספר לי|מה (?:ה|ה?ן)|חזור על|כתוב)[^.!?。！？।\n]*(?:סיסמ|הוראות|סוד|סודי|מפתח|פרומפט|הנחיות))",
    ),
    Rule(
        "extract_sea_tr_el",
        EXTRACTION,
        rf"(?:{_B}(?:tampilkan|ungkapkan|tunjukkan|beri ?tahu|sebutkan|ulangi|cetak|apa(?:kah)?|tulis{_W}*)[^.!?。！？।\n]*(?:kata sandi|instruksi|rahasia|prompt|kunci|perintah sistem|aturan)|(?:hiển thị|tiết lộ|cho (?:tôi )?(?:biết|xem)|in ra|lặp lại|nói|là gì|liệt kê|viết)[^.!?。！？।\n]*(?:mật khẩu|hướng dẫn|bí mật|lời nhắc|prompt|khóa|chỉ dẫn|quy tắc)|(?:mật khẩu|bí mật|hướng dẫn)[^.!?。！？।\n]*là gì|(?:แสดง|บอก|เปิดเผย|พิมพ์|ทวน|อะไรคือ)[^.!?。！？।\n]*(?:รหัสผ่าน|คำสั่ง|ความลับ|พรอมต์|พรอมป์|ลับ|กฎ|รหัส)|(?:รหัสผ่าน|ความลับ|รหัสลับ)[^.!?。！？।\n]*(?:คืออะไร|อะไร)|(?:şifre{_W}*|parola{_W}*|gizli{_W}*|talimat{_W}*|sistem (?:istem|mesaj|komut){_W}*|anahtar{_W}*|kural{_W}*|prompt{_W}*|sır{_W}*)[^.!?。！？।\n]*(?:göster{_W}*|söyle{_W}*|ne(?:dir|ydi|lerdir)?\b|yaz{_W}*|açıkla{_W}*|paylaş{_W}*|tekrarla{_W}*|ver\b|çevir{_W}*|listele{_W}*)|(?:δείξε|πες|αποκάλυψε|εμφάνισε|τύπωσε|επανάλαβε|ποι(?:ος|α|ο|ες)|γράψε|μετάφρασε)[^.!?。！？।\n]*(?:κωδικ{_W}*|οδηγί{_W}*|μυστικ{_W}*|προτροπή{_W}*|prompt|κλειδί|κανόν{_W}*|κρυφ{_W}*))",
    ),
    Rule(
        "persona_world",
        PERSONA,
        rf"(?:{_B}(?:du bist (?:jetzt|nun|ab jetzt)|ab (?:jetzt|sofort)|tu es (?:maintenant|désormais)|vous êtes (?:maintenant|désormais)|désormais|à partir de maintenant|(?:ahora )?eres (?:ahora|un)|a partir de (?:ahora|agora)|de ahora en adelante|você (?:é|agora é)|(?:ora|adesso) sei|sei ora|d'ora in poi|je bent nu|vanaf nu|du är nu|från och med nu|jesteś teraz|teraz jesteś|od teraz|nyní jsi|od teď|artık sen|bundan sonra|şu andan itibaren|kamu sekarang|mulai sekarang|bây giờ bạn|từ (?:bây giờ|giờ)|từ nay)|теперь ты|ты теперь|отныне|с этого момента|тепер ти|відтепер|从现在(?:开始|起)|從現在(?:開始|起)|你现在是|你現在是|现在你是|今から(?:あなた|君)|これから(?:あなた|は)|あなたは今|지금부터|이제부터|이제 (?:너|당신)|من الآن|أنت الآن|الآن أنت|از این به بعد|अब (?:तुम|आप|से)|এখন থেকে|จากนี้|ตอนนี้คุณ|ต่อไปนี้|από (?:τώρα|εδώ)|είσαι τώρα|מעכשיו|אתה עכשיו)",
    ),
    Rule(
        "unbound_world",
        PERSONA,
        rf"(?:{_B}(?:ohne (?:jegliche |alle )?(?:einschränkung{_W}*|filter|regeln|zensur|grenzen)|sans (?:aucune )?(?:restriction{_W}*|filtre{_W}*|règle{_W}*|limite{_W}*|censure)|sin (?:ninguna? )?(?:restric{_W}+|filtro{_W}*|regla{_W}*|límite{_W}*|censura)|sem (?:nenhuma? )?(?:restri{_W}+|filtro{_W}*|regra{_W}*|limite{_W}*|censura)|senza (?:alcuna? )?(?:restrizion{_W}+|filtr{_W}+|regol{_W}+|limit{_W}+|censura)|zonder (?:beperking{_W}*|filters?|regels|censuur)|utan (?:begränsning{_W}*|regler|filter)|bez (?:żadnych )?(?:ogranicz{_W}+|filtr{_W}+|zasad|cenzury|omezen{_W}+|pravid{_W}+)|kısıtlama(?:sız|lar olmadan)|sınırsız|filtresiz|tanpa (?:batas{_W}*|filter|aturan|sensor)|không (?:có )?(?:giới hạn|bộ lọc|quy tắc|hạn chế)|(?:entwickler|god|dan|jailbreak|developer|desarrollador|développeur|sviluppatore|desenvolvedor)-?(?:modus|modo|mode|modalità))|modo (?:desarrollador|dios|desenvolvedor|DAN)|mode (?:développeur|DAN)|без (?:каких-либо |всяких )?(?:ограничени{_W}*|фильтр{_W}*|правил|цензур{_W}*|обмежен{_W}*)|режим (?:разработчика|бога|DAN)|没有(?:任何)?(?:限制|约束|规则|过滤|道德)|不受(?:任何)?(?:限制|约束|规则)|沒有(?:任何)?限制|无限制|开发者模式|開發者模式|越狱|制限(?:の)?(?:ない|なし|なく)|開発者モード|フィルター(?:なし|のない)|제한 ?없(?:이|는)|개발자 모드|탈옥|بدون (?:أي )?(?:قيود|فلتر|رقابة|قواعد|محدودیت)|وضع المطور|बिना (?:किसी )?(?:प्रतिबंध|फ़िल्टर|नियम|रोक)|डेवलपर मोड|ไม่มี(?:ข้อจำกัด|กฎ|ตัวกรอง)|โหมดนักพัฒนา|χωρίς (?:περιορισμ{_W}*|φίλτρ{_W}*|κανόν{_W}*)|ללא (?:הגבלות|מגבלות|כללים))",
    ),
    Rule(
        "notice_world",
        INDIRECT,
        rf"(?:{_B}(?:wichtige systemnachricht|systemnachricht|message système|mensaje (?:importante )?del sistema|mensagem (?:importante )?do sistema|messaggio (?:importante )?di sistema|systeembericht|wiadomość systemowa|systémová zpráva|sistem mesajı|pesan sistem|tin nhắn hệ thống|neue (?:anweisung|aufgabe|regel){_W}*|nouvelle (?:instruction|tâche|consigne)s?|nuev[ao]s? (?:instruc{_W}+|tarea|regla)s?|nov[ao]s? (?:instru{_W}+|tarefa|regra)s?|nuov[ae] (?:istruzion{_W}+|compito|regol{_W}+)|nieuwe (?:instructie|opdracht|regel){_W}*|now[ae] (?:instrukcj{_W}+|zasad{_W}+)|nové (?:pokyny|instrukce)|yeni (?:talimat|görev|kural){_W}*|instruksi baru|hướng dẫn mới)|системное сообщение|новая (?:инструкция|задача)|новые (?:инструкции|правила)|нова інструкція|系统(?:消息|通知|指令)|系統訊息|新(?:的)?(?:指令|指示|任务|规则)|システム(?:メッセージ|通知)|新しい(?:指示|命令|タスク)|시스템 메시지|새로운? (?:지시|명령|규칙)|رسالة (?:من )?(?:النظام|نظام)|تعليمات جديدة|नया निर्देश|नए निर्देश|सिस्टम संदेश|নতুন নির্দেশ|ข้อความระบบ|คำสั่งใหม่|νέ(?:α|ες) (?:εντολή|οδηγί{_W}*))",
    ),
)
