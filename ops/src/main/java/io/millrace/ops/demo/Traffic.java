package io.millrace.ops.demo;

import io.millrace.ops.demo.Action.ShardStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What users do, one action after the other: the same seed gives the same actions. Popularity follows the law of Zipf and
 * Mandelbrot: few users and photos get most of what happens. Keeps in memory what exists, so that every statement finds its
 * row; used by one thread.
 */
public final class Traffic {
    private static final int FIRST_USERS = 200;
    private static final int MOST_USERS = 2_000;
    private static final int MOST_PHOTOS = 20_000;
    private static final int MOST_RELATIONS = 50_000;

    /** Without it one user would have a tenth of all follows and of all photos, as nobody has who shares with others. */
    private static final double FLATTENING = 50;

    private static final String[] PLACES = {"Lisbon", "Kyoto", "Oslo", "Lima", "Accra", "Québec", "Wien"};
    private static final String[] WORDS = {
        "sunrise", "harbour", "bread", "old town", "rain", "ferry", "night market", "🌲"
    };

    private final Random random;
    private final int shards;
    private final List<Long> users = new ArrayList<>();
    private final List<Integer> homes = new ArrayList<>();
    private final List<long[]> photos = new ArrayList<>();
    private final List<long[]> likes = new ArrayList<>();
    private final List<long[]> follows = new ArrayList<>();
    private final List<long[]> comments = new ArrayList<>();
    private long nextId;

    /**
     * Traffic for that many shards.
     *
     * @param firstId ids are counted from here on, so that a second run on the same data does not meet the first's
     */
    public Traffic(long seed, int shards, long firstId) {
        this.random = new Random(seed);
        this.shards = shards;
        this.nextId = firstId;
    }

    /** What happens next. */
    public Action next() {
        if (users.size() < FIRST_USERS) {
            return users.size() % 4 == 3 && photos.size() < users.size() ? post() : join();
        }
        int choice = random.nextInt(1000);
        if (choice < 20) {
            return users.size() < MOST_USERS ? join() : renameUser();
        } else if (choice < 120) {
            return photos.size() < MOST_PHOTOS ? post() : retitle();
        } else if (choice < 150) {
            return retitle();
        } else if (choice < 170) {
            return renameUser();
        } else if (choice < 480) {
            return like();
        } else if (choice < 560) {
            return unlike();
        } else if (choice < 680) {
            return comment();
        } else if (choice < 710) {
            return deleteComment();
        } else if (choice < 830) {
            return follow();
        } else if (choice < 870) {
            return unfollow();
        } else if (choice < 880) {
            return deletePhoto();
        } else if (choice < 883) {
            return moveUser();
        }
        return click();
    }

    /**
     * An index below the size, small ones far more often: the law of Zipf and Mandelbrot, 1 / (index + FLATTENING). Of 2,000
     * users the most popular gets 0.5 % of what happens, the first tenth of them gets 43 %.
     */
    private int popular(int size) {
        double share = Math.pow((size + FLATTENING) / FLATTENING, random.nextDouble());
        return Math.min((int) (FLATTENING * (share - 1)), size - 1);
    }

    private int shardOf(long user) {
        int index = users.indexOf(user);
        return index < 0 ? 0 : homes.get(index);
    }

    private Action join() {
        long id = nextId++;
        int home = Math.floorMod(Long.hashCode(id * 0x9E3779B97F4A7C15L), shards);
        users.add(id);
        homes.add(home);
        return Action.of(new ShardStatement(
                home,
                "INSERT INTO users (user_id, username, full_name, verified) VALUES (?, ?, ?, ?)",
                List.of(id, "user" + id, "User No. " + id, random.nextInt(20) == 0)));
    }

    private Action post() {
        long id = nextId++;
        int index = popular(users.size());
        long owner = users.get(index);
        photos.add(new long[] {id, owner});
        return Action.of(new ShardStatement(
                homes.get(index),
                "INSERT INTO photos (photo_id, user_id, caption, location) VALUES (?, ?, ?, ?)",
                List.of(id, owner, caption(), PLACES[random.nextInt(PLACES.length)])));
    }

    private String caption() {
        return WORDS[random.nextInt(WORDS.length)] + " " + random.nextInt(1000);
    }

    private Action retitle() {
        if (photos.isEmpty()) {
            return post();
        }
        long[] photo = photos.get(popular(photos.size()));
        return Action.of(new ShardStatement(
                shardOf(photo[1]), "UPDATE photos SET caption = ? WHERE photo_id = ?", List.of(caption(), photo[0])));
    }

    private Action renameUser() {
        int index = popular(users.size());
        return Action.of(new ShardStatement(
                homes.get(index),
                "UPDATE users SET full_name = ?, verified = ? WHERE user_id = ?",
                List.of("Renamed " + random.nextInt(10_000), random.nextBoolean(), users.get(index))));
    }

    private Action like() {
        if (photos.isEmpty() || likes.size() >= MOST_RELATIONS) {
            return unlike();
        }
        int index = random.nextInt(users.size());
        long photo = photos.get(popular(photos.size()))[0];
        likes.add(new long[] {users.get(index), photo});
        return Action.of(new ShardStatement(
                homes.get(index),
                "INSERT INTO likes (user_id, photo_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                List.of(users.get(index), photo)));
    }

    private Action unlike() {
        if (likes.isEmpty()) {
            return like();
        }
        long[] like = likes.remove(random.nextInt(likes.size()));
        return Action.of(new ShardStatement(
                shardOf(like[0]), "DELETE FROM likes WHERE user_id = ? AND photo_id = ?", List.of(like[0], like[1])));
    }

    private Action comment() {
        if (photos.isEmpty() || comments.size() >= MOST_RELATIONS) {
            return deleteComment();
        }
        long id = nextId++;
        int index = random.nextInt(users.size());
        comments.add(new long[] {id, users.get(index)});
        return Action.of(new ShardStatement(
                homes.get(index),
                "INSERT INTO comments (comment_id, photo_id, user_id, body) VALUES (?, ?, ?, ?)",
                List.of(id, photos.get(popular(photos.size()))[0], users.get(index), "I like the " + caption())));
    }

    private Action deleteComment() {
        if (comments.isEmpty()) {
            return comment();
        }
        long[] comment = comments.remove(random.nextInt(comments.size()));
        return Action.of(new ShardStatement(
                shardOf(comment[1]), "DELETE FROM comments WHERE comment_id = ?", List.of(comment[0])));
    }

    private Action follow() {
        int index = random.nextInt(users.size());
        int followee = popular(users.size());
        if (index == followee || follows.size() >= MOST_RELATIONS) {
            return unfollow();
        }
        follows.add(new long[] {users.get(index), users.get(followee)});
        return Action.of(new ShardStatement(
                homes.get(index),
                "INSERT INTO follows (user_id, followee_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                List.of(users.get(index), users.get(followee))));
    }

    private Action unfollow() {
        if (follows.isEmpty()) {
            return follow();
        }
        long[] follow = follows.remove(random.nextInt(follows.size()));
        return Action.of(new ShardStatement(
                shardOf(follow[0]),
                "DELETE FROM follows WHERE user_id = ? AND followee_id = ?",
                List.of(follow[0], follow[1])));
    }

    private Action deletePhoto() {
        if (photos.isEmpty()) {
            return post();
        }
        long[] photo = photos.remove(random.nextInt(photos.size()));
        return Action.of(
                new ShardStatement(shardOf(photo[1]), "DELETE FROM photos WHERE photo_id = ?", List.of(photo[0])));
    }

    /** A user's profile moves to the next shard, as resharding does; what belongs to it stays, which views must not mind. */
    private Action moveUser() {
        int index = random.nextInt(users.size());
        long id = users.get(index);
        int from = homes.get(index);
        int to = (from + 1) % shards;
        if (from == to) {
            return renameUser();
        }
        return Action.of(
                new ShardStatement(from, "DELETE FROM users WHERE user_id = ?", List.of(id)),
                new ShardStatement(
                        to,
                        "INSERT INTO users (user_id, username, full_name) VALUES (?, ?, ?)",
                        List.of(id, "user" + id, "Moved to shard " + (to + 1))),
                new ShardStatement(to, "UPDATE users SET bio = ? WHERE user_id = ?", List.of("moved", id)),
                new ShardStatement(to, "DELETE FROM users WHERE user_id = ?", List.of(id)),
                new ShardStatement(
                        from,
                        "INSERT INTO users (user_id, username, full_name) VALUES (?, ?, ?)",
                        List.of(id, "user" + id, "Back on shard " + (from + 1))));
    }

    private Action click() {
        if (photos.isEmpty()) {
            return post();
        }
        return Action.event(String.format(
                Locale.ROOT,
                "{\"photo_id\":%d,\"user_id\":%d,\"referrer\":\"%s\",\"clicked_at\":\"2026-01-01T00:%02d:%02dZ\"}",
                photos.get(popular(photos.size()))[0],
                users.get(random.nextInt(users.size())),
                random.nextBoolean() ? "feed" : "search",
                random.nextInt(60),
                random.nextInt(60)));
    }
}
