package io.millrace.ops.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;

/**
 * What is registered, and the rules by which it changes. A schema has one id for good, in whatever subjects it is
 * registered, even after its deletion. Every change goes to the log before it holds.
 *
 * <p>Guarded by its own lock: a registry for development has no need of more.
 */
final class Subjects {
    private final Consumer<LogEntry> log;
    private final Map<String, TreeMap<Integer, LogEntry.SchemaVersion>> versions = new TreeMap<>();
    private final Map<String, CompatibilityLevel> levels = new HashMap<>();
    private final Map<Integer, String> schemasById = new TreeMap<>();
    private final Map<String, Integer> idsBySchema = new HashMap<>();
    private CompatibilityLevel defaultLevel = CompatibilityLevel.BACKWARD;
    private int lastId;

    /**
     * Nothing registered yet.
     *
     * @param log writes a change where it lasts, or fails
     */
    Subjects(Consumer<LogEntry> log) {
        this.log = log;
    }

    /** Takes over a change that the log already holds. */
    synchronized void replay(LogEntry entry) {
        if (entry instanceof LogEntry.Identity identity) {
            schemasById.put(identity.id(), identity.schema());
            idsBySchema.put(identity.schema(), identity.id());
            lastId = Math.max(lastId, identity.id());
        } else if (entry instanceof LogEntry.SchemaVersion version) {
            if (version.schema() == null) {
                TreeMap<Integer, LogEntry.SchemaVersion> rest = versions.get(version.subject());
                if (rest != null && rest.remove(version.version()) != null && rest.isEmpty()) {
                    versions.remove(version.subject());
                }
                return;
            }
            versions.computeIfAbsent(version.subject(), subject -> new TreeMap<>())
                    .put(version.version(), version);
        } else if (entry instanceof LogEntry.Level level) {
            if (level.subject() == null) {
                defaultLevel = level.level();
            } else if (level.level() == null) {
                levels.remove(level.subject());
            } else {
                levels.put(level.subject(), level.level());
            }
        }
    }

    synchronized List<String> subjects(boolean deletedToo) {
        return versions.keySet().stream()
                .filter(subject -> deletedToo || !living(subject).isEmpty())
                .toList();
    }

    synchronized List<Integer> versions(String subject, boolean deletedToo) {
        List<Integer> numbers = (deletedToo ? all(subject) : living(subject))
                .stream().map(LogEntry.SchemaVersion::version).toList();
        if (numbers.isEmpty()) {
            throw RegistryError.subjectNotFound(subject);
        }
        return numbers;
    }

    synchronized LogEntry.SchemaVersion version(String subject, String version, boolean deletedToo) {
        List<LogEntry.SchemaVersion> candidates = deletedToo ? all(subject) : living(subject);
        if (candidates.isEmpty()) {
            throw RegistryError.subjectNotFound(subject);
        }
        if (version.equals("latest") || version.equals("-1")) {
            return candidates.get(candidates.size() - 1);
        }
        int number = number(version);
        return candidates.stream()
                .filter(each -> each.version() == number)
                .findFirst()
                .orElseThrow(() -> RegistryError.versionNotFound(version));
    }

    synchronized LogEntry.SchemaVersion lookup(String subject, String schema, boolean deletedToo) {
        List<LogEntry.SchemaVersion> candidates = deletedToo ? all(subject) : living(subject);
        if (candidates.isEmpty()) {
            throw RegistryError.subjectNotFound(subject);
        }
        String canonical = parse(schema).toString();
        return candidates.stream()
                .filter(each -> each.schema().equals(canonical))
                .reduce((first, second) -> second)
                .orElseThrow(RegistryError::schemaNotFound);
    }

    /** Registers a schema, unless the subject has it already, and returns its id. */
    synchronized int register(String subject, String schema) {
        Schema parsed = parse(schema);
        String canonical = parsed.toString();
        for (LogEntry.SchemaVersion each : living(subject)) {
            if (each.schema().equals(canonical)) {
                return each.id();
            }
        }
        List<String> objections = level(subject).objections(parsed, schemas(subject));
        if (!objections.isEmpty()) {
            throw RegistryError.incompatible(subject, objections.toString());
        }
        Integer id = idsBySchema.get(canonical);
        if (id == null) {
            id = lastId + 1;
            append(new LogEntry.Identity(id, canonical));
        }
        List<LogEntry.SchemaVersion> all = all(subject);
        int version = all.isEmpty() ? 1 : all.get(all.size() - 1).version() + 1;
        append(new LogEntry.SchemaVersion(subject, version, id, canonical, false));
        return id;
    }

    /** Why a schema may not follow; empty where it may. Version null asks about all that the level looks at. */
    synchronized List<String> objections(String subject, String version, String schema) {
        Schema parsed = parse(schema);
        List<Schema> earlier = version == null
                ? schemas(subject)
                : List.of(parse(version(subject, version, false).schema()));
        return level(subject).objections(parsed, earlier);
    }

    synchronized String schema(int id) {
        String schema = schemasById.get(id);
        if (schema == null) {
            throw RegistryError.schemaNotFound();
        }
        return schema;
    }

    synchronized List<LogEntry.SchemaVersion> versionsOf(int id) {
        schema(id);
        List<LogEntry.SchemaVersion> found = new ArrayList<>();
        for (String subject : versions.keySet()) {
            living(subject).stream().filter(each -> each.id() == id).forEach(found::add);
        }
        return found;
    }

    /** Deletes all versions of a subject and returns their numbers. */
    synchronized List<Integer> delete(String subject, boolean permanently) {
        List<LogEntry.SchemaVersion> all = all(subject);
        List<LogEntry.SchemaVersion> living = living(subject);
        if (all.isEmpty()) {
            throw RegistryError.subjectNotFound(subject);
        }
        if (permanently && !living.isEmpty()) {
            throw RegistryError.subjectNotSoftDeleted(subject);
        }
        if (!permanently && living.isEmpty()) {
            throw RegistryError.subjectSoftDeleted(subject);
        }
        List<LogEntry.SchemaVersion> gone = permanently ? all : living;
        gone.forEach(each -> append(removed(each, permanently)));
        return gone.stream().map(LogEntry.SchemaVersion::version).toList();
    }

    /** Deletes one version of a subject and returns its number. */
    synchronized int delete(String subject, String version, boolean permanently) {
        LogEntry.SchemaVersion target = version(subject, version, !version.equals("latest"));
        if (permanently && !target.deleted()) {
            throw RegistryError.versionNotSoftDeleted(subject, target.version());
        }
        if (!permanently && target.deleted()) {
            throw RegistryError.versionSoftDeleted(subject, target.version());
        }
        append(removed(target, permanently));
        return target.version();
    }

    synchronized CompatibilityLevel defaultLevel() {
        return defaultLevel;
    }

    /** The level that holds for a subject: its own, or else the default. */
    synchronized CompatibilityLevel level(String subject) {
        return levels.getOrDefault(subject, defaultLevel);
    }

    /** The subject's own level. */
    synchronized CompatibilityLevel ownLevel(String subject) {
        CompatibilityLevel level = levels.get(subject);
        if (level == null) {
            throw RegistryError.noLevelOfItsOwn(subject);
        }
        return level;
    }

    /** Sets the level of a subject, or the default where the subject is null. */
    synchronized void setLevel(String subject, CompatibilityLevel level) {
        append(new LogEntry.Level(subject, level));
    }

    /** Takes a subject's own level away and returns it. */
    synchronized CompatibilityLevel removeLevel(String subject) {
        CompatibilityLevel level = ownLevel(subject);
        append(new LogEntry.Level(subject, null));
        return level;
    }

    private void append(LogEntry entry) {
        log.accept(entry);
        replay(entry);
    }

    private List<LogEntry.SchemaVersion> all(String subject) {
        TreeMap<Integer, LogEntry.SchemaVersion> all = versions.get(subject);
        return all == null ? List.of() : List.copyOf(all.values());
    }

    private List<LogEntry.SchemaVersion> living(String subject) {
        return all(subject).stream().filter(each -> !each.deleted()).toList();
    }

    private List<Schema> schemas(String subject) {
        return living(subject).stream().map(each -> parse(each.schema())).toList();
    }

    private static LogEntry.SchemaVersion removed(LogEntry.SchemaVersion version, boolean permanently) {
        return new LogEntry.SchemaVersion(
                version.subject(), version.version(), version.id(), permanently ? null : version.schema(), true);
    }

    private static int number(String version) {
        try {
            int number = Integer.parseInt(version);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below, as a number out of range is.
        }
        throw RegistryError.invalidVersion(version);
    }

    private static Schema parse(String schema) {
        try {
            return new Schema.Parser().setValidateDefaults(false).parse(schema);
        } catch (SchemaParseException e) {
            throw RegistryError.invalidSchema(e.getMessage());
        }
    }
}
