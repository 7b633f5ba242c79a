package io.millrace.ops.bench;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Table;
import java.util.Random;
import java.util.stream.IntStream;

/** Users and their orders, ten each, as many as fit in memory as two numbers an order, so that there can be millions. */
final class GrowthData {
    private static final int ORDERS_A_USER = 10;
    private static final int MOVES_EVERY = 20;
    private static final int MOST = 1_000;

    private final Random random = new Random(42);
    private final Table users;
    private final Table orders;
    private final ChangeTopics topics;
    private final int[] user;
    private final int[] amount;

    /** So many orders, none of them written yet. */
    GrowthData(Catalog catalog, int rows, ChangeTopics topics) {
        this.users = catalog.table("users").orElseThrow();
        this.orders = catalog.table("orders").orElseThrow();
        this.topics = topics;
        this.user = new int[rows];
        this.amount = new int[rows];
    }

    private int users() {
        return Math.max(1, user.length / ORDERS_A_USER);
    }

    /** How many rows both tables have. */
    long rows() {
        return (long) users() + user.length;
    }

    /** Writes all rows, as insertions. */
    void insert() {
        for (int i = 0; i < users(); i++) {
            topics.write(users, null, new Object[] {(long) i, "user" + i, "country " + i % 100});
        }
        for (int i = 0; i < user.length; i++) {
            user[i] = random.nextInt(users());
            amount[i] = random.nextInt(MOST);
            topics.write(orders, null, order(i));
        }
    }

    /** Writes updates of orders chosen at random: another amount, and for every twentieth another user. */
    void update(int updates) {
        for (int i = 0; i < updates; i++) {
            int place = random.nextInt(user.length);
            Object[] before = order(place);
            amount[place] = random.nextInt(MOST);
            if (i % MOVES_EVERY == 0) {
                user[place] = random.nextInt(users());
            }
            topics.write(orders, before, order(place));
        }
    }

    private Object[] order(int place) {
        return new Object[] {(long) place, (long) user[place], (long) amount[place], "a note on order " + place};
    }

    /** The sum of all orders' amounts. */
    long amount() {
        return IntStream.of(amount).asLongStream().sum();
    }
}
