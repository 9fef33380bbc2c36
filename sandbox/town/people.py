LANGUAGES = ("nl", "en", "tr", "pl", "ar")
