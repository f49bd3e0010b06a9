"""The known forms of secrets, as tables: tokens and addresses by issuer, and options of commands that are followed by a password.

A new form is a row. The pattern of a row is complete without the mark's surroundings: `Token.pattern` adds that a token begins and ends as
a word. Repetitions are bounded, so that time is linear in the length of the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AN, _URL, _HEX, _B64 = "[A-Za-z0-9]", "[A-Za-z0-9_-]", "[0-9a-f]", "[A-Za-z0-9+/]"
_UUID = "-".join(f"{_HEX}{{{length}}}" for length in (8, 4, 4, 4, 12))


@dataclass(frozen=True, slots=True)
class Token:
    """A form of a token: who issues it, the mark by which it is found, and patterns of what follows and of what precedes the mark."""

    what: str
    mark: str
    after: str
    before: str = ""
    most_before: int = 0  # characters

    @property
    def form(self) -> str:
        """The pattern of the token alone."""
        return self.before + re.escape(self.mark) + self.after

    def compiled(self) -> re.Pattern[bytes]:
        """The pattern of the token as a word. Without `before` it begins with the mark, which makes the search for it fast."""
        mark = re.escape(self.mark)
        if self.before:
            return re.compile(rf"(?<![A-Za-z0-9_-]){self.form}(?![A-Za-z0-9])".encode())
        return re.compile(rf"{mark}(?<![A-Za-z0-9_-]{mark})(?:{self.after})(?![A-Za-z0-9])".encode())


TOKENS: tuple[Token, ...] = (
    Token("a GitHub token", "gh", f"[posur]_{_AN}{{36,255}}"),
    Token("a GitHub token", "github_pat_", "[A-Za-z0-9_]{50,255}"),
    Token("a GitLab token", "gl",
          rf"(?:pat|dt|rt|rtr|ptt|ft|imt|soat|cbt|agent|oas|ffct)-{_URL}{{20,300}}(?:\.[0-9a-z]{{2}}\.[0-9a-z]{{9}})?"),
    Token("a GitLab token", "GR1348941", f"{_URL}{{20}}"),
    Token("a Bitbucket token", "ATBB", f"{_AN}{{24,32}}[0-9A-F]{{8}}"),
    Token("an Atlassian token", "ATATT3", "[A-Za-z0-9_=-]{100,400}"),
    Token("a Slack token", "xox", f"[abeoprs]-{_URL.replace('_', '')}{{20,255}}"),
    Token("a Slack token", "xapp-", f"[0-9]-[A-Z0-9]{{8,14}}-[0-9]{{8,16}}-{_AN}{{40,80}}"),
    Token("a Telegram token", ":AA", f"{_URL}{{33}}", "(?:bot)?[0-9]{8,10}", 13),
    Token("a Google API key", "AIza", f"{_URL}{{35}}"),
    Token("a Google client secret", "GOCSPX-", f"{_URL}{{28}}"),
    Token("a Google access token", "ya29.", f"{_URL}{{60,1000}}"),
    Token("a Google refresh token", "1//0", f"{_URL}{{60,200}}"),
    Token("an npm token", "npm_", f"{_AN}{{36}}"),
    Token("a PyPI token", "pypi-Ag", f"{_URL}{{60,1000}}"),
    Token("a RubyGems key", "rubygems_", f"{_HEX}{{48}}"),
    Token("a NuGet key", "oy2", "[a-z0-9]{43}"),
    Token("a crates.io token", "cio", f"{_AN}{{32}}"),
    Token("a Clojars token", "CLOJARS_", "[a-z0-9]{60}"),
    Token("a Docker Hub token", "dckr_", f"[po]at_{_URL}{{27,64}}"),
    Token("an Anaconda token", "/t/", f"[a-z]{{2}}-{_UUID}", r"conda\.anaconda\.org", 18),
    Token("an Artifactory key", "AKCp", f"{_AN}{{69}}"),
    Token("an Artifactory token", "cmVmdGtuOj", f"{_AN}{{50,60}}"),
    Token("a Sonar token", "sq", f"[pua]_{_HEX}{{40}}"),
    Token("a CircleCI token", "CCIPAT_", f"{_AN}{{22}}_{_HEX}{{40}}"),
    Token("a Buildkite token", "bkua_", f"{_HEX}{{40}}"),
    Token("a Hugging Face token", "hf_", "[A-Za-z]{34}"),
    Token("an Anthropic key", "sk-ant-", f"[A-Za-z0-9]{{2,12}}-{_URL}{{80,200}}"),
    Token("an OpenAI key", "sk-", f"{_URL}{{20,120}}T3BlbkFJ{_URL}{{20,120}}"),
    Token("an OpenRouter key", "sk-or-v1-", f"{_HEX}{{64}}"),
    Token("a Groq key", "gsk_", f"{_AN}{{52}}"),
    Token("a Replicate token", "r8_", f"{_AN}{{37}}"),
    Token("a Perplexity key", "pplx-", f"{_AN}{{48}}"),
    Token("an xAI key", "xai-", f"{_AN}{{80}}"),
    *(Token("a Stripe key", mark, f"(?:live|test)_{_AN}{{20,250}}") for mark in ("sk_", "rk_")),
    Token("a Stripe webhook secret", "whsec_", "[A-Za-z0-9+/]{32,64}"),
    Token("a Twilio key", "SK", f"{_HEX}{{32}}"),
    Token("a SendGrid key", "SG.", rf"{_URL}{{22}}\.{_URL}{{43}}"),
    Token("a Mailgun key", "key-", f"{_HEX}{{32}}"),
    Token("a Mailchimp key", "-us", "[0-9]{1,2}", f"{_HEX}{{32}}", 32),
    Token("a Brevo key", "xkeysib-", f"{_HEX}{{64}}-{_AN}{{16}}"),
    Token("a Shopify token", "shp", "(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    Token("a Square token", "sq0", f"(?:atp|csp)-{_URL}{{22,43}}"),
    Token("a Square token", "EAAA", f"{_URL}{{60}}(?![+/=_-])"),
    Token("a Databricks token", "dapi", f"{_HEX}{{32}}(?:-[0-9])?(?![_-])"),
    Token("a HashiCorp Vault token", "hv", rf"[sbr]\.{_URL}{{24,400}}"),
    Token("a Terraform token", ".atlasv1.", "[A-Za-z0-9_=-]{60,70}", f"{_AN}{{14}}", 14),
    Token("a Pulumi token", "pul-", f"{_HEX}{{40}}"),
    Token("a Doppler token", "dp.", rf"(?:pt|ct|sa|scim|audit|st\.[a-z0-9_-]{{2,35}})\.{_AN}{{40,44}}"),
    Token("a New Relic key", "NRAK-", "[A-Z0-9]{27}"),
    Token("a New Relic key", "NRAL", "", f"{_HEX}{{36}}", 36),
    Token("a Grafana token", "glsa_", f"{_AN}{{32}}_{_HEX}{{8}}"),
    Token("a Grafana token", "glc_eyJ", "[A-Za-z0-9+/=]{40,400}"),
    Token("a Grafana token", "eyJrIjoi", "[A-Za-z0-9+/]{60,400}={0,2}"),
    Token("a Sentry token", "sntrys_eyJ", "[A-Za-z0-9+/=_-]{60,1000}"),
    Token("a Sentry token", "sntryu_", f"{_HEX}{{64}}"),
    Token("a Linear key", "lin_api_", f"{_AN}{{40}}"),
    Token("a Notion token", "ntn_", f"{_AN}{{46}}"),
    Token("a Notion token", "secret_", f"{_AN}{{43}}"),
    Token("a Postman key", "PMAK-", f"{_HEX}{{24}}-{_HEX}{{34}}"),
    Token("a PlanetScale token", "pscale_", f"(?:tkn|pw|oauth)_{_URL}{{32,64}}"),
    Token("a Figma token", "figd_", f"{_URL}{{40,64}}"),
    Token("an Airtable token", "pat", rf"{_AN}{{14}}\.{_HEX}{{64}}"),
    Token("a Heroku key", "HRKU-", f"{_URL}{{36,64}}"),
    Token("a Fly.io token", "fo1_", f"{_URL}{{43}}"),
    Token("a Netlify token", "nfp_", f"{_AN}{{36}}"),
    Token("a Supabase token", "sbp_", f"{_HEX}{{40}}"),
    Token("a Dropbox token", "sl.", f"{_URL}{{130,160}}"),
    Token("a Facebook token", "EAACEdEose0cBA", f"{_AN}{{20,200}}"),
    Token("a Twitter token", "AAAAAAAAAAAAAAAAAAAAA", "[A-Za-z0-9%]{80,110}"),
    Token("a DigitalOcean token", "v1_", f"{_HEX}{{64}}", "do[opr]_", 4),
    Token("a Cloudflare key", "v1.0-", f"{_HEX}{{24}}-{_HEX}{{146}}"),
    Token("a key of age", "AGE-SECRET-KEY-1", "[0-9A-Z]{58}"),
    Token("an Azure client secret", "Q~", "[A-Za-z0-9_~.-]{31,34}", "[A-Za-z0-9_~.-]{3}[0-9]", 4),
    Token("an Azure storage key", "AccountKey=", f"{_B64}{{86}}=="),
    Token("an Azure access key", "SharedAccessKey=", f"{_B64}{{43}}="),
    Token("an AWS session token", "IQoJb3JpZ2luX2", "[A-Za-z0-9+/=%]{100,4000}"),
    Token("an AWS session token", "GZXIvYXdz", "[A-Za-z0-9+/=%]{100,4000}", "F[wQ]o", 3),
    Token("an Amazon Bedrock key", "ABSKQmVkcm9ja0FQSUtleS", "[A-Za-z0-9+/]{60,200}={0,2}"),
    Token("a signed URL", "X-Amz-Signature=", f"{_HEX}{{64}}"),
    Token("a signed URL", "X-Goog-Signature=", f"{_HEX}{{128,1024}}"),
    Token("a signed URL", "sig=", "(?:[A-Za-z0-9%+/]{43,80}(?:%3[dD]|=)|[A-Za-z0-9_-]{43}(?![A-Za-z0-9_%=-]))"),
    Token("a Seqera Platform token", "eyJ0aWQi", "[A-Za-z0-9+/=._-]{40,1000}"),
    Token("an Arvados token", "-gj3su-", "[a-z0-9]{15}/[a-z0-9]{40,60}", "v2/[a-z0-9]{5}", 8),
    Token("a LabKey key", "apikey|", f"{_HEX}{{32}}"),
    Token("a JSON web token", "eyJ", rf"{_URL}{{10,2000}}\.eyJ{_URL}{{10,4000}}\.{_URL}{{20,1000}}"),
    # Addresses that anyone can post to.
    Token("the address of a Slack webhook", "hooks.slack.com/",
          rf"(?:services|workflows|triggers)/[TE][A-Z0-9]{{6,14}}/[AB0-9][A-Z0-9]{{6,16}}/{_AN}{{20,40}}"),
    Token("the address of a Teams webhook", ".office.com/webhook",
          rf"(?:b2)?/{_UUID}@{_UUID}/IncomingWebhook/{_HEX}{{32}}/{_UUID}(?:/{_URL}{{20,80}})?",
          r"(?:[a-z0-9-]{1,60}\.webhook|outlook)", 68),
    Token("the address of a Discord webhook", "/api/webhooks/", f"[0-9]{{17,20}}/{_URL}{{60,80}}", r"discord(?:app)?\.com", 14),
    Token("the address of a Google Chat webhook", "chat.googleapis.com/v1/spaces/",
          rf"{_URL}{{8,16}}/messages\?key={_URL}{{30,50}}&token={_URL}{{30,60}}"),
    Token("the address of a Zapier webhook", "hooks.zapier.com/hooks/catch/", "[0-9]{5,9}/[a-z0-9]{6,10}"),
)  # fmt: skip


# Names of secrets in parts: words that mean one at the end of a name, and pairs of words.
PASSWORD_WORDS = frozenset({"password", "passwd", "passphrase"})
PASSWORD_PAIRS = frozenset(
    (before, last)
    for last in ("pwd", "pass", "pswd")
    for before in (
        "db", "database", "user", "admin", "root", "sudo", "mysql", "postgres", "pg", "redis", "mongo", "sql", "smtp", "mail", "email",
        "ftp", "sftp", "ssh", "http", "https", "proxy", "login", "scp", "ldap", "irods", "registry", "docker", "aspera", "vault", "api",
    )
)  # fmt: skip
TOKEN_WORDS = frozenset({"secret", "secrets", "credential", "credentials", "token"})
TOKEN_PAIRS = frozenset(
    {
        ("secret", "key"), ("client", "secret"), ("access", "token"), ("auth", "token"), ("api", "token"), ("api", "key"),
        ("access", "key"), ("private", "key"), ("ssh", "key"), ("encryption", "key"), ("signing", "key"), ("account", "key"),
        ("auth", "key"), ("license", "key"), ("storage", "key"), ("ext", "pat"), ("github", "pat"), ("gitlab", "pat"), ("gh", "pat"),
        ("personal", "pat"), ("sas", "key"), ("master", "key"), ("subscription", "key"), ("deploy", "key"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PasswordOption:
    """A command and the pattern between its name and a password; `closing` ends the value if it is not a quote or a blank."""

    command: str
    before: str
    closing: str = ""


_GAP = r"""(?:[ \t]{1,8}|["'],[ \t]{0,8}(?=\\?["']))"""  # between an option and its value, also of a list in Python
_QUOTE = r"""(?:\\?["'])?"""
_USER = r"""[^\s:"'$,%/\\]{1,80}"""


def _option(
    commands: str, options: str, lead: str = "", closing: str = "", *, attached: bool = False
) -> tuple[PasswordOption, ...]:
    gap = f"{_GAP}?" if attached else f"(?:{_GAP}|=)" if "--" in options else _GAP
    return tuple(
        PasswordOption(command, rf"(?<![\w-])(?:{options}){gap}{_QUOTE}{lead}", closing) for command in commands.split()
    )


PASSWORD_OPTIONS: tuple[PasswordOption, ...] = (
    *_option("curl", "-[A-Za-z]{0,6}u|--user|--proxy-user|-U", f"{_USER}:", attached=True),
    *_option("sshpass", "-p", attached=True),
    *_option("http", "-a|--auth", f"{_USER}:"),
    *(
        PasswordOption(command, rf"(?<![\w-])-p{_QUOTE}(?=[^\s])")
        for command in ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "7z", "7za")
    ),
    *_option("login", "-p"),
    *_option("skopeo buildah", "--(?:src-|dest-)?creds", f"{_USER}:"),
    *_option("redis-cli", "-a"),
    PasswordOption("openssl", "(?<![A-Za-z])pass:"),
    *_option("openssl", "-k"),
    *_option("unzip zip", "-P"),
    *_option("lftp", "-u", f"{_USER},"),
    PasswordOption("lftp", rf"\bopen[ \t]{{1,8}}-u[ \t]{{1,8}}{_USER},", ","),
    *_option("smbclient", "-U|--user", f"{_USER}%"),
    *_option("ldapsearch ldapmodify ldapadd", "-w"),
    *_option("plink pscp psftp", "-pw"),
    *_option("ncftpget ncftpput mongo mongosh mongodump", "-p"),
    PasswordOption("rclone", rf"\bpass[ \t=]{{1,8}}{_QUOTE}"),
    PasswordOption("sqlplus", rf"(?<=[ \t\"']){_USER}/", "@"),
    PasswordOption("machine", r"\s{1,8}\S{1,100}\s{1,8}login\s{1,8}\S{1,100}\s{1,8}password\s{1,8}"),
)  # fmt: skip
# The URL, up to its signature, of a file of Azure Open Datasets: the service publishes these signatures, which only allow to read.
PUBLISHED = re.compile(
    rb"https://dataset[a-z0-9]{1,40}\.blob\.core\.windows\.net/dataset[^\s\"'|<>?]{0,300}\?[A-Za-z0-9&=:%.-]{0,200}\Z"
)
# The password that is piped into a command.
PIPED = re.compile(
    rb"""\b(?:echo|printf)[ \t]{1,8}(?:-n[ \t]{1,8})?(?:\\?["'])?([^\s"'$`\\|]{4,200})(?:\\?["'])?[ \t]{0,8}\|[ \t]{0,8}"""
    rb"""(?:sudo[ \t]{1,8}-[A-Za-z]{0,3}S|iinit|kinit|[a-z]{2,12}[^\n|]{0,160}--password-stdin)"""
)
