"""The words people answer with, by meaning and language.

Welsh, Polish, Urdu and Arabic lists await review by first-language speakers
(see docs/messages.md). Every phrase is compared after `replies.normalise`.
"""

STOP_LEADING = {
    "en": "stop|stopall|stop all|unsubscribe|opt out|optout|revoke|stopp|sotp|stpo|arret",
    "cy": "stopiwch|stopio|atal|dad danysgrifio|datdanysgrifio|dim mwy o negeseuon",
    "pl": "wypisz|wypisz mnie|wypisuje sie",
    "ur": "بند کرو|بند کریں|بند کر دیں|روک دیں|روکیں|روکو|سٹاپ",
    "ar": "توقف|اوقف|اوقفوا|ايقاف|الغاء الاشتراك|ستوب",
}
"""Leading one of these, a reply is an opt-out whatever follows."""

STOP_ALONE = {
    "en": "cancel|cancel all|cancel messages|end|end all|end messages|quit",
    "cy": "canslo",
    "pl": "anuluj|koniec|zatrzymaj",
    "ur": "منسوخ|بند",
    "ar": "الغاء",
}
"""An opt-out only when nothing else is said: "End of March suits me" is not one."""

STOP_ANYWHERE = (
    "stop texting|stop messaging|stop sending|stop contacting|stop emailing|stop these|"
    "stop the texts|stop the messages|stop your messages|stop messages|stop texts|"
    "unsubscribe|unsubscribe me|opt out|opt me out|take me off|remove me|remove my number|"
    "delete my number|leave me alone|do not text me|dont text me|do not contact me|"
    "dont contact me|do not message me|dont message me|i want to stop|no more texts|"
    "no more messages"
)
STOP_DENIED = "not|dont|never|didnt|wont"
"""Before a STOP_ANYWHERE phrase these leave the meaning to a person: "never stop texting"."""

BEFORE_ANOTHER_STOP = "bus|tram|train|coach|the|a|my|last|first|next|which|at|you|it|they|does"
"""With one of these a final "stop" may be a place or a question, so a person reads it."""

START = {
    "en": "start|unstop|start again|restart|opt in|optin|resubscribe|subscribe",
    "cy": "dechrau|cychwyn",
    "pl": "wznow",
    "ur": "شروع|شروع کریں",
    "ar": "ابدا|اشترك",
}

HELP = {
    "en": "help|info|information|help me|who is this|who are you|who r u",
    "cy": "cymorth|gwybodaeth|pwy sydd yna",
    "pl": "pomoc|informacja|informacje|kto to",
    "ur": "مدد|معلومات",
    "ar": "مساعده|المساعده|معلومات",
}

YES = {
    "en": (
        "yes|y|yeah|yea|yep|yup|yess|yes yes|ye|yh|sure|definitely|absolutely|of course|"
        "accept|i accept|i will|ill come|i will come|i can|i can come|i can make it|ill be there|"
        "i will be there|count me in|im in|id love to|i would love to|happy to|id like to|"
        "i would like to"
    ),
    "cy": "ie|ydw|ydy|gallaf|medraf|gwnaf|byddaf|hoffwn|baswn|wrth gwrs|derbyn",
    "pl": "tak|oczywiscie|zgadzam sie|chetnie|jasne|pewnie|bede|przyjde",
    "ur": "ہاں|جی|جی ہاں|ہاں جی|ضرور|haan|han|haan ji|ji|ji haan|ji han|zaroor",
    "ar": "نعم|ايوه|ايوا|اجل|موافق|موافقه|اقبل|aywa",
}

NO = {
    "en": (
        "no|n|nope|nah|no no|not this time|not interested|decline|i decline|cant|i cant|i cannot|"
        "cannot|cant come|i cant come|cant make it|i cant make it|cannot make it|"
        "i cannot make it|i wont be there|not for me|count me out|id rather not|pass"
    ),
    "cy": "na|nage|nac ydw|na allaf|dim diolch|dim y tro hwn",
    "pl": "nie|nie moge|niestety nie|niestety|odmawiam|nie przyjde",
    "ur": "نہیں|جی نہیں|نہیں جی|nahi|nahin|ji nahi|nahi ji",
    "ar": "لا|كلا|لا اريد|لا استطيع|لست مهتما|غير موافق",
}

FILLERS = {
    "en": (
        "please|pls|plz|thanks|thank|you|thx|ta|cheers|hi|hello|hiya|hey|dear|sorry|x|xx|xxx|"
        "good morning|good afternoon|good evening|kind regards|regards|love|im afraid|"
        "very much|so much|many"
    ),
    "cy": "os gwelwch yn dda|plis|diolch|diolch yn fawr|helo|shwmae|sori|mae ddrwg gen i",
    "pl": "prosze|dziekuje|dzieki|czesc|dzien dobry|przepraszam|bardzo|poprosze",
    "ur": "شکریہ|براہ کرم|براہ مہربانی|السلام علیکم|معذرت|shukria|salam",
    "ar": "شكرا|من فضلك|لو سمحت|السلام عليكم|مرحبا|عذرا|اسف|اسفه|جزيلا|مع",
}
"""Politeness that changes no meaning and is left out before comparing."""

AND_WORDS = {"and", "both", "all", "for", "to", "number", "option", "a", "ac", "i", "oraz", "و"}
"""Joining words allowed between numbers and answers, as in "yes to 1 and 3"."""

NEITHER = {"no problem", "no worries", "no idea", "not sure", "yes and no", "maybe", "perhaps"}
"""Openings that look like an answer and are none."""

LIKELY_YES = {"ok", "okay", "k", "👍", "✅", "iawn", "ok fine", "dobrze", "ٹھیک ہے", "حسنا", "اوكي"}
"""Perhaps "yes", perhaps only "I have read it": a person looks."""

LIKELY_NO = {"👎", "❌"}

YES_ABROAD = {"pl": {"no", "no tak", "no pewnie"}}
"""In Polish an informal "no" means "yeah": with a Polish reader it is never taken as a refusal."""

PAYMENT_CHOICES = {
    "paid": {
        "en": "paid|pay|pay me|with pay|paid and costs|paid and expenses|pay and expenses",
        "cy": "talu|tal|gyda thal|am dal",
        "pl": "platnie|z zaplata|za zaplata",
        "ur": "معاوضہ|معاوضہ کے ساتھ",
        "ar": "اجر|باجر|مع اجر",
    },
    "expenses_only": {
        "en": "costs|costs only|only costs|just costs|my costs|expenses|expenses only|"
        "only expenses|just expenses|my expenses",
        "cy": "costau|costau yn unig",
        "pl": "koszty|tylko koszty",
        "ur": "خرچہ|خرچ|صرف خرچہ|صرف خرچ",
        "ar": "تكاليف|التكاليف|تكاليف فقط|التكاليف فقط",
    },
    "declined": {
        "en": "unpaid|un paid|not paid|no pay|no payment|without pay|without payment|for free|"
        "no money|dont pay me|do not pay me",
        "cy": "am ddim|di dal|heb dal|dim tal",
        "pl": "bez zaplaty|nieodplatnie|za darmo",
        "ur": "مفت|بغیر معاوضہ",
        "ar": "مجانا|بدون اجر|بلا اجر",
    },
}
"""Said with a yes, how the person wants to be paid; the invitation names the first of each line."""
