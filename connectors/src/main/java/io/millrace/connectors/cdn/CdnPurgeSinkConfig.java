package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.http.RequestConfig;
import io.millrace.connectors.http.Server;
import io.millrace.schemas.Invalidation.TargetKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;

/** The properties of a cache's sink. Each is defined here once, with its default and what it means. */
final class CdnPurgeSinkConfig extends RequestConfig {
    static final String PROVIDER = "cdn.provider";
    static final String CACHE = "cdn.cache";
    static final String URL = "cdn.url";
    static final String SITE = "cdn.site";
    static final String BY = "cdn.by";
    static final String SOFT = "cdn.soft";
    static final String AGAIN_AFTER = "cdn.again.after.ms";

    static final String TOKEN = "cdn.token";
    static final String SERVICE = "cdn.service";
    static final String ZONE = "cdn.zone";
    static final String PLAN = "cdn.plan";
    static final String DISTRIBUTION = "cdn.distribution";
    static final String ACCESS_KEY = "cdn.access.key";
    static final String SECRET_KEY = "cdn.secret.key";
    static final String SESSION_TOKEN = "cdn.session.token";
    static final String MODE = "cdn.mode";
    static final String REFRESH_HEADER = "cdn.refresh.header";
    static final String REFRESH_VARIANTS = "cdn.refresh.variants";
    static final String METHOD = "cdn.method";
    static final String TAG_URL = "cdn.tag.url";
    static final String BODY = "cdn.body";

    static final String RATE = "cdn.rate.per.second";
    static final String BURST = "cdn.burst";
    static final String BATCH_MAX = "cdn.batch.max";
    static final String IN_FLIGHT = "cdn.requests.in.flight";
    static final String PENDING_MAX = "cdn.pending.max";
    static final String PENDING_AGAIN_MAX = "cdn.pending.again.max";
    static final String TARGET_PATIENCE = "cdn.target.patience.ms";
    static final String CONNECT_TIMEOUT = "cdn.connect.timeout.ms";
    static final String REQUEST_TIMEOUT = "cdn.request.timeout.ms";

    static final String WARM = "cdn.warm";
    static final String WARM_CONCURRENCY = "cdn.warm.concurrency";

    static final String APPLICATION = "cdn.application";
    static final String BEGIN = "cdn.begin";
    static final String PURGES_TOPIC = "cdn.purges.topic";
    static final String PURGES_SERVERS = "cdn.purges.bootstrap.servers";

    /** What properties begin with whose rest is a property of the Kafka clients that write what came of purges. */
    static final String PURGES_CLIENT_PREFIX = "cdn.purges.client.";

    /** What properties begin with whose rest is the name of a header. */
    static final String HEADER_PREFIX = "cdn.header.";

    private static final String VARNISH = "varnish";
    private static final String NGINX = "nginx";
    private static final String FASTLY = "fastly";
    private static final String CLOUDFLARE = "cloudflare";
    private static final String CLOUDFRONT = "cloudfront";
    private static final String HTTP = "http";

    /** Every provider. */
    static final List<String> PROVIDERS = List.of(VARNISH, NGINX, FASTLY, CLOUDFLARE, CLOUDFRONT, HTTP);

    /** Those whose servers are asked themselves. */
    private static final Set<String> OWN = Set.of(VARNISH, NGINX);

    /** What only some providers have, by property. */
    private static final Map<String, Set<String>> ONLY_OF = Map.ofEntries(
            Map.entry(SOFT, Set.of(VARNISH, FASTLY)),
            Map.entry(TOKEN, Set.of(FASTLY, CLOUDFLARE, NGINX)),
            Map.entry(SERVICE, Set.of(FASTLY)),
            Map.entry(ZONE, Set.of(CLOUDFLARE)),
            Map.entry(PLAN, Set.of(CLOUDFLARE)),
            Map.entry(DISTRIBUTION, Set.of(CLOUDFRONT)),
            Map.entry(ACCESS_KEY, Set.of(CLOUDFRONT)),
            Map.entry(SECRET_KEY, Set.of(CLOUDFRONT)),
            Map.entry(SESSION_TOKEN, Set.of(CLOUDFRONT)),
            Map.entry(MODE, Set.of(NGINX)),
            Map.entry(REFRESH_HEADER, Set.of(NGINX)),
            Map.entry(REFRESH_VARIANTS, Set.of(NGINX)),
            Map.entry(METHOD, Set.of(HTTP)),
            Map.entry(TAG_URL, Set.of(HTTP)),
            Map.entry(BODY, Set.of(HTTP)));

    /** What each provider needs. */
    private static final Map<String, List<String>> NEEDS = Map.of(
            VARNISH, List.of(URL),
            NGINX, List.of(URL),
            FASTLY, List.of(SERVICE, TOKEN),
            CLOUDFLARE, List.of(ZONE, TOKEN),
            CLOUDFRONT, List.of(DISTRIBUTION, ACCESS_KEY, SECRET_KEY),
            HTTP, List.of(URL));

    private static final String STANDARD_REFRESH_HEADER = "X-Cache-Refresh";
    private static final String VARIANT = HEADER_NAME + ":[\\t\\x20-\\x2b\\x2d-\\x7e\\x80-\\xff]*";
    private static final String HOST = "https?://[^\\s/?#@{}]+";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{[^:}]+:[^}]+}.*");

    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

    static final ConfigDef DEFINITION = definition();

    /** What answers say of errors is read up to here. */
    private static final int ANSWER_BYTES = 16_384;

    /** Which targets a cache forgets. */
    enum By {
        AUTO,
        TAGS,
        URLS,
        BOTH
    }

    /** Which pages are fetched after their purge. */
    enum Warmed {
        NONE,
        HOT,
        ALL
    }

    CdnPurgeSinkConfig(Map<String, String> properties) {
        super(DEFINITION, properties);
        checkTogether(originalsStrings());
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        cache(definition);
        ofProviders(definition);
        pace(definition);
        warming(definition);
        reporting(definition);
        DeliveryConfig.define(definition);
        defineRetryAfter(definition, "a cache");
        return definition;
    }

    private static void cache(ConfigDef definition) {
        definition
                .define(
                        PROVIDER,
                        ConfigDef.Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        ConfigDef.ValidString.in(PROVIDERS.toArray(new String[0])),
                        ConfigDef.Importance.HIGH,
                        "What kind of cache it is: varnish, nginx, fastly, cloudflare, cloudfront or http.")
                .define(
                        CACHE,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The cache's name, as what came of its purges says it; empty for the provider's.")
                .define(
                        URL,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.HIGH,
                        "The cache's servers, separated by commas: all of them must confirm. Of fastly, cloudflare and"
                                + " cloudfront, the API's address where it is another. Of http, the address of a purge by URL,"
                                + " as a template.")
                .define(
                        SITE,
                        ConfigDef.Type.STRING,
                        "",
                        text(HOST + "|\\$\\{.*", "https://host"),
                        ConfigDef.Importance.HIGH,
                        "The site whose pages are cached, https://www.example.com: it completes URLs that are paths, and is the"
                                + " host by which caches of one's own know their pages.")
                .define(
                        BY,
                        ConfigDef.Type.STRING,
                        "auto",
                        ConfigDef.ValidString.in("auto", "tags", "urls", "both"),
                        ConfigDef.Importance.MEDIUM,
                        "Which targets it forgets. auto: tags where it has them, and URLs that no tag stands for.")
                .define(
                        SOFT,
                        ConfigDef.Type.BOOLEAN,
                        false,
                        ConfigDef.Importance.MEDIUM,
                        "Whether pages are marked as stale rather than removed, so that the cache may show one while it"
                                + " fetches the new one.")
                .define(
                        AGAIN_AFTER,
                        ConfigDef.Type.LONG,
                        2_000L,
                        ConfigDef.Range.between(0, 3_600_000),
                        ConfigDef.Importance.MEDIUM,
                        "How long after a purge it is made a second time, for a page that the origin had begun to answer"
                                + " before the change and that the cache has kept since; 0 for never.");
    }

    private static void ofProviders(ConfigDef definition) {
        secret(definition, TOKEN, "fastly, cloudflare: the API token. nginx: what the header that refreshes says.");
        text(definition, SERVICE, "fastly: the service's id.");
        text(definition, ZONE, "cloudflare: the zone's id.");
        definition.define(
                PLAN,
                ConfigDef.Type.STRING,
                "free",
                ConfigDef.ValidString.in("free", "pro", "business", "enterprise"),
                ConfigDef.Importance.MEDIUM,
                "cloudflare: the account's plan, which says how many purges it may make.");
        text(definition, DISTRIBUTION, "cloudfront: the distribution's id.");
        secret(definition, ACCESS_KEY, "cloudfront: the id of the access key.");
        secret(definition, SECRET_KEY, "cloudfront: the secret access key.");
        secret(definition, SESSION_TOKEN, "cloudfront: the session's token, where the keys are a session's.");
        definition
                .define(
                        MODE,
                        ConfigDef.Type.STRING,
                        "refresh",
                        ConfigDef.ValidString.in("refresh", "purge"),
                        ConfigDef.Importance.MEDIUM,
                        "nginx: refresh asks for the page past the cache, which keeps the answer, as stock nginx can; purge"
                                + " needs the module ngx_cache_purge.")
                .define(
                        REFRESH_HEADER,
                        ConfigDef.Type.STRING,
                        STANDARD_REFRESH_HEADER,
                        right(
                                CdnPurgeSinkConfig::isHeaderToGive,
                                "the name of a header that the sink does not set itself"),
                        ConfigDef.Importance.LOW,
                        "nginx: the header that proxy_cache_bypass looks at.")
                .define(
                        REFRESH_VARIANTS,
                        ConfigDef.Type.STRING,
                        "",
                        right(
                                CdnPurgeSinkConfig::areVariants,
                                "Name: value, or several with commas between them, of headers that the sink does not set"
                                        + " itself"),
                        ConfigDef.Importance.LOW,
                        "nginx: where pages are kept in variants, a header for each by which it is asked for, Cookie: bucket=a,"
                                + " Cookie: bucket=b.")
                .define(
                        METHOD,
                        ConfigDef.Type.STRING,
                        "POST",
                        ConfigDef.ValidString.in("POST", "PUT", "PATCH", "DELETE", "GET", "PURGE", "BAN"),
                        ConfigDef.Importance.LOW,
                        "http: the requests' method.");
        text(
                definition,
                TAG_URL,
                "http: the address of a purge by tag, as a template, or several; empty where it has no tags.");
        text(definition, BODY, "http: the requests' body, as a template; empty for none. cdn.header.NAME is a header.");
    }

    private static void text(ConfigDef definition, String name, String documentation) {
        definition.define(name, ConfigDef.Type.STRING, "", ConfigDef.Importance.MEDIUM, documentation);
    }

    private static void secret(ConfigDef definition, String name, String documentation) {
        definition.define(name, ConfigDef.Type.PASSWORD, new Password(""), ConfigDef.Importance.MEDIUM, documentation);
    }

    private static ConfigDef.Validator text(String regex, String shown) {
        return right(value -> value.isEmpty() || value.matches(regex), shown);
    }

    private static ConfigDef.Validator right(Predicate<String> isRight, String shown) {
        return ConfigDef.LambdaValidator.with(
                (name, value) -> {
                    if (value != null && !isRight.test((String) value)) {
                        throw new ConfigException(name, value, "must be " + shown);
                    }
                },
                () -> shown);
    }

    private static boolean isHeaderToGive(String name) {
        return mistakeOfHeader("", Set.of(Nginx.EXPIRE.toLowerCase(Locale.ROOT)), name, null)
                .isEmpty();
    }

    private static boolean areVariants(String text) {
        return text.isEmpty()
                || (text.matches("\\s*" + VARIANT + "(\\s*,\\s*" + VARIANT + ")*\\s*")
                        && headersOf(text).allMatch(CdnPurgeSinkConfig::isHeaderToGive));
    }

    /** The headers that variants are asked for by. */
    private static Stream<String> headersOf(String variants) {
        return list(variants).stream().map(each -> each.split(":", 2)[0]);
    }

    private static boolean isBeginning(String text) {
        if (text.equals("beginning") || text.equals("end")) {
            return true;
        }
        try {
            return text.matches(TIME) && Instant.parse(text) != null;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static void pace(ConfigDef definition) {
        definition
                .define(
                        RATE,
                        ConfigDef.Type.DOUBLE,
                        0.0,
                        ConfigDef.Range.between(0.0, 1_000_000.0),
                        ConfigDef.Importance.MEDIUM,
                        "The most targets that are purged a second by one task; 0 for what the provider documents.")
                .define(
                        BURST,
                        ConfigDef.Type.INT,
                        0,
                        ConfigDef.Range.between(0, 1_000_000),
                        ConfigDef.Importance.LOW,
                        "How many may be purged at once after a while of rest; 0 for those of a second. Only with"
                                + " cdn.rate.per.second.")
                .define(
                        BATCH_MAX,
                        ConfigDef.Type.INT,
                        0,
                        ConfigDef.Range.between(0, 10_000),
                        ConfigDef.Importance.LOW,
                        "The most targets of a request; 0 for as many as the provider takes.")
                .define(
                        IN_FLIGHT,
                        ConfigDef.Type.INT,
                        8,
                        ConfigDef.Range.between(1, 256),
                        ConfigDef.Importance.MEDIUM,
                        "The most requests that a task makes at a time.")
                .define(
                        PENDING_MAX,
                        ConfigDef.Type.INT,
                        20_000,
                        ConfigDef.Range.between(1, 1_000_000),
                        ConfigDef.Importance.LOW,
                        "How many invalidations a task holds that wait for their first purge. Beyond that it reads no more.")
                .define(
                        PENDING_AGAIN_MAX,
                        ConfigDef.Type.INT,
                        100_000,
                        ConfigDef.Range.between(1, 10_000_000),
                        ConfigDef.Importance.LOW,
                        "The same of those that wait for their second purge.")
                .define(
                        TARGET_PATIENCE,
                        ConfigDef.Type.LONG,
                        14_400_000L,
                        ConfigDef.Range.between(0, 604_800_000),
                        ConfigDef.Importance.MEDIUM,
                        "How long a target is tried again that the cache fails with while it confirms others. Then it goes to"
                                + " the dead letters.");
        defineTimeouts(definition, CONNECT_TIMEOUT, 5_000, REQUEST_TIMEOUT);
    }

    private static void warming(ConfigDef definition) {
        definition
                .define(
                        WARM,
                        ConfigDef.Type.STRING,
                        "none",
                        ConfigDef.ValidString.in("none", "hot", "all"),
                        ConfigDef.Importance.MEDIUM,
                        "Which pages are fetched through the cache after their purge, so that nobody waits for them: none,"
                                + " those of hot targets, or all. Only URLs can be; with tags they are purged as well.")
                .define(
                        WARM_CONCURRENCY,
                        ConfigDef.Type.INT,
                        4,
                        ConfigDef.Range.between(1, 64),
                        ConfigDef.Importance.LOW,
                        "The most pages that are fetched at a time.");
    }

    private static void reporting(ConfigDef definition) {
        definition
                .define(
                        APPLICATION,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The pipeline whose invalidations count, by its application.id; empty for all.")
                .define(
                        BEGIN,
                        ConfigDef.Type.STRING,
                        "beginning",
                        right(CdnPurgeSinkConfig::isBeginning, "beginning, end or a time, 2026-01-31T12:00:00Z"),
                        ConfigDef.Importance.LOW,
                        "Where a connector begins to read that has read nothing yet. end: with the invalidations of the last 15"
                                + " minutes, since a new cache has nothing to forget; a time: with those since then. Both need"
                                + " cdn.purges.bootstrap.servers.")
                .define(
                        PURGES_TOPIC,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The topic that says what came of each purge; empty for none.")
                .define(
                        PURGES_SERVERS,
                        ConfigDef.Type.STRING,
                        "",
                        ConfigDef.Importance.LOW,
                        "The brokers of that topic, which a task does not learn from Connect. cdn.purges.client.NAME is a"
                                + " property of its client, among them schema.registry.url.");
    }

    /** What no property says by itself, where all are there. */
    static void checkTogether(Map<String, String> properties) {
        mistakesTogether(properties).values().stream().findFirst().ifPresent(mistake -> {
            throw new ConfigException(mistake);
        });
        String begin = properties.getOrDefault(BEGIN, "beginning");
        boolean knowsWhere = !properties.getOrDefault("topics", "").isBlank()
                && !properties.getOrDefault(PURGES_SERVERS, "").isBlank();
        if (!begin.equals("beginning") && !knowsWhere) {
            throw new ConfigException(BEGIN + " = " + begin + " needs topics, by their names, and " + PURGES_SERVERS);
        }
    }

    /** What is wrong with properties that none of them says by itself, by property; but for what a pipeline adds. */
    static Map<String, String> mistakesTogether(Map<String, String> properties) {
        Map<String, String> mistakes = new TreeMap<>();
        String provider = properties.getOrDefault(PROVIDER, "");
        if (!PROVIDERS.contains(provider)) {
            return mistakes;
        }
        for (String needed : NEEDS.get(provider)) {
            if (properties.getOrDefault(needed, "").isBlank()) {
                mistakes.put(PROVIDER, provider + " needs " + needed);
            }
        }
        Set<String> ours = provider.equals(NGINX)
                ? Stream.of(refreshHeader(properties), Nginx.EXPIRE)
                        .map(header -> header.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet())
                : Set.of();
        properties.forEach((property, value) -> {
            if (ONLY_OF.containsKey(property) && !ONLY_OF.get(property).contains(provider)) {
                mistakes.put(
                        property,
                        property + " is not of " + provider + ", only of "
                                + String.join(
                                        ", ",
                                        ONLY_OF.get(property).stream().sorted().toList()));
            }
            mistakeOfHeader(HEADER_PREFIX, ours, property, value)
                    .ifPresent(mistake -> mistakes.put(property, property + mistake));
        });
        for (String name : List.of(URL, TAG_URL)) {
            mistakeOfUrls(provider, properties.getOrDefault(name, ""))
                    .ifPresent(mistake -> mistakes.putIfAbsent(name, name + mistake));
        }
        if (headersOf(properties.getOrDefault(REFRESH_VARIANTS, ""))
                .anyMatch(header -> header.equalsIgnoreCase(refreshHeader(properties)))) {
            mistakes.putIfAbsent(REFRESH_VARIANTS, REFRESH_VARIANTS + " has the header that refreshes");
        }
        mistakeOfBy(provider, properties).ifPresent(mistake -> mistakes.putIfAbsent(BY, mistake));
        boolean needsSite = provider.equals(CLOUDFLARE) || provider.equals(FASTLY);
        if (needsSite
                && properties.getOrDefault(SITE, "").isEmpty()
                && !by(properties).equals("tags")) {
            mistakes.putIfAbsent(PROVIDER, provider + " needs " + SITE + ", unless " + BY + " = tags");
        }
        if (!properties.getOrDefault(WARM, "none").equals("none")) {
            if (by(properties).equals("tags")) {
                mistakes.putIfAbsent(WARM, WARM + " needs URLs, which " + BY + " = tags leaves out");
            } else if (!OWN.contains(provider)
                    && properties.getOrDefault(SITE, "").isEmpty()) {
                mistakes.putIfAbsent(WARM, WARM + " needs " + SITE);
            }
        }
        if (!properties.getOrDefault(PURGES_TOPIC, "").isEmpty()
                && properties.getOrDefault(PURGES_SERVERS, "").isEmpty()) {
            mistakes.put(PURGES_TOPIC, PURGES_TOPIC + " needs " + PURGES_SERVERS);
        }
        return mistakes;
    }

    private static String refreshHeader(Map<String, String> properties) {
        return properties.getOrDefault(REFRESH_HEADER, STANDARD_REFRESH_HEADER);
    }

    private static String by(Map<String, String> properties) {
        return properties.getOrDefault(BY, "auto");
    }

    private static Optional<String> mistakeOfBy(String provider, Map<String, String> properties) {
        String by = by(properties);
        return !hasTags(properties) && (by.equals("tags") || by.equals("both"))
                ? Optional.of(BY + " = " + by + " needs tags, which " + provider + " has not"
                        + (provider.equals(HTTP) ? " without " + TAG_URL : ""))
                : Optional.empty();
    }

    /** Whether a cache with those properties has tags at all. */
    static boolean hasTags(Map<String, String> properties) {
        String provider = properties.getOrDefault(PROVIDER, "");
        return !Set.of(NGINX, CLOUDFRONT).contains(provider)
                && (!provider.equals(HTTP)
                        || !properties.getOrDefault(TAG_URL, "").isEmpty());
    }

    /** The servers of a cache with those properties, where each keeps pages for itself and is asked itself; else empty. */
    static List<String> servers(Map<String, String> properties) {
        return OWN.contains(properties.getOrDefault(PROVIDER, "")) ? list(properties.getOrDefault(URL, "")) : List.of();
    }

    private static Optional<String> mistakeOfUrls(String provider, String urls) {
        for (String each : urls.split(",", -1)) {
            String url = each.strip();
            if (url.isEmpty() || REFERENCE.matcher(url).matches()) {
                continue;
            }
            String whole = provider.equals(HTTP) ? url.replace("{target}", "t").replace("{path}", "p") : url;
            if (!whole.matches(HOST + "([/?][^\\s]*)?")
                    || mistakeOfAddress(whole).isPresent()) {
                return Optional.of(" must begin with https://host or http://host, and be a URL");
            }
        }
        return Optional.empty();
    }

    /** The cache's provider. */
    Provider provider() {
        return switch (getString(PROVIDER)) {
            case VARNISH -> new Varnish(this);
            case NGINX -> new Nginx(this);
            case FASTLY -> new Fastly(this);
            case CLOUDFLARE -> new Cloudflare(this);
            case CLOUDFRONT -> new CloudFront(this);
            case HTTP -> new GenericHttp(this);
            default -> throw new ConfigException(PROVIDER, getString(PROVIDER));
        };
    }

    /** The cache's name. */
    String cache() {
        return getString(CACHE).isEmpty() ? getString(PROVIDER) : getString(CACHE);
    }

    Site site() {
        return new Site(getString(SITE));
    }

    /** The constant of a name in small letters; where there is none, as of what only the worker looks up, another one. */
    static <E extends Enum<E>> E named(Class<E> type, String name, E otherwise) {
        return Arrays.stream(type.getEnumConstants())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElse(otherwise);
    }

    /** Which pages are fetched after their purge. */
    Warmed warmed() {
        return Warmed.valueOf(getString(WARM).toUpperCase(Locale.ROOT));
    }

    /** Whether the cache's servers are asked themselves. */
    boolean isOwnCache() {
        return OWN.contains(getString(PROVIDER));
    }

    /** The rate of targets that is wanted; unlimited for the provider's. */
    Rate rate() {
        double perSecond = getDouble(RATE);
        int burst = getInt(BURST);
        return new Rate(perSecond, burst == 0 ? Math.max(1, perSecond) : burst);
    }

    /** The addresses of a cache of one's own. */
    List<URI> urls() {
        return list(getString(URL)).stream().map(URI::create).toList();
    }

    /** The headers by which each variant of a page is asked for; one without headers where there are none. */
    List<Map<String, String>> refreshVariants() {
        List<Map<String, String>> variants = list(getString(REFRESH_VARIANTS)).stream()
                .map(each -> each.split(":", 2))
                .map(each -> Map.of(each[0], each[1].strip()))
                .toList();
        return variants.isEmpty() ? List.of(Map.of()) : variants;
    }

    /** The addresses of purges, as templates. */
    List<String> templates(TargetKind kind) {
        return list(getString(kind == TargetKind.TAG ? TAG_URL : URL));
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    /** The address of a vendor's API, without a slash at its end. */
    URI api(String standard) {
        String given = getString(URL);
        return URI.create((given.isEmpty() ? standard : given).replaceAll("/+$", ""));
    }

    /** A server that is asked with these patiences. */
    Server server(URI url) {
        return server(url, Server.client(url, duration(CONNECT_TIMEOUT)));
    }

    Server server(URI url, HttpClient client) {
        return new Server(url, client, duration(REQUEST_TIMEOUT), duration(RETRY_AFTER_MAX), ANSWER_BYTES);
    }

    /** The headers that are set by properties. */
    Map<String, String> headers() {
        return headers(HEADER_PREFIX);
    }

    /** Whether a group that has read nothing passes over what there is. */
    boolean beginsLater() {
        return !getString(BEGIN).equals("beginning");
    }

    /** The time of the first invalidation that it does not pass over; empty for a while ago. */
    Optional<Instant> beginsAt() {
        return getString(BEGIN).equals("end") ? Optional.empty() : Optional.of(Instant.parse(getString(BEGIN)));
    }

    /** A secret that goes into a header: without the end of a file's line, and checked here, as clients quote what they refuse. */
    String secret(String name) {
        String secret = getPassword(name).value().strip();
        if (!secret.matches("[\\x20-\\x7e]*")) {
            throw new ConfigException(name + " has characters that a header may not have");
        }
        return secret;
    }

    /** The properties of the client that writes what came of purges. */
    Map<String, Object> purgesClient() {
        Map<String, Object> client = new HashMap<>(originalsWithPrefix(PURGES_CLIENT_PREFIX));
        client.put("bootstrap.servers", getString(PURGES_SERVERS));
        return client;
    }
}
