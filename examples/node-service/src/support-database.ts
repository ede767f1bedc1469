import { type Row, TracedDatabase } from './traced-database.ts';

export const ORDER_STATES = ['open', 'paid', 'sent', 'delivered', 'returned'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const TOPICS = ['delivery', 'returns', 'payment', 'warranty'] as const;
export type Topic = (typeof TOPICS)[number];

/** Size of the vectors that articles and questions are compared by. */
export const EMBEDDING_DIMENSIONS = 256;
const ORDER_COUNT = 400;

export interface Article {
  readonly title: string;
  readonly body: string;
}

/** Orders and help articles of a mail-order company, in memory. */
export class SupportDatabase {
  readonly #database: TracedDatabase = new TracedDatabase(':memory:', 'support');

  constructor() {
    this.#database.setUp(`
      CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT, article TEXT, amount_cents INTEGER);
      CREATE TABLE articles (id INTEGER PRIMARY KEY, topic TEXT, title TEXT, body TEXT, vector TEXT);
      CREATE INDEX orders_state ON orders (state);
    `);
    for (let id = 1; id <= ORDER_COUNT; id += 1) {
      const state = ORDER_STATES[id % ORDER_STATES.length];
      this.#database.setUp(
        `INSERT INTO orders VALUES (${id}, '${state}', 'article ${id % 37}', ${(id * 791) % 30000})`,
      );
    }
    for (const [index, topic] of TOPICS.entries()) {
      for (const [position, body] of HANDBOOK[topic].entries()) {
        const id = index * 100 + position;
        const vector = JSON.stringify(articleVector(id));
        this.#database.setUp(
          `INSERT INTO articles VALUES (${id}, '${topic}', '${topic} ${position + 1}', '${body}', '${vector}')`,
        );
      }
    }
  }

  ordersInState(state: OrderState, limit: number): Row[] {
    return this.#database.query(
      'SELECT orders',
      'SELECT id, article, amount_cents FROM orders WHERE state = ? ORDER BY id DESC LIMIT ?',
      state,
      limit,
    );
  }

  articlesAbout(topic: Topic): Article[] {
    return this.#articles('SELECT title, body FROM articles WHERE topic = ?', topic);
  }

  /** The articles whose vectors are closest to any of the given ones, closest first. */
  closestArticles(vectors: readonly (readonly number[])[], limit: number): Article[] {
    const rows = this.#database.query('SELECT articles', 'SELECT title, body, vector FROM articles');
    return rows
      .map((row) => {
        const vector = JSON.parse(String(row['vector'])) as number[];
        const similarity = Math.max(...vectors.map((wanted) => dotProduct(wanted, vector)));
        return { similarity, article: toArticle(row) };
      })
      .toSorted((left, right) => right.similarity - left.similarity)
      .slice(0, limit)
      .map(({ article }) => article);
  }

  /** Every article, for a prompt that has to know them all. */
  handbook(): string {
    return TOPICS.map((topic) => `# ${topic}\n\n${HANDBOOK[topic].join('\n\n')}`).join('\n\n');
  }

  close(): void {
    this.#database.close();
  }

  #articles(sql: string, topic: Topic): Article[] {
    return this.#database.query('SELECT articles', sql, topic).map(toArticle);
  }
}

function toArticle(row: Row): Article {
  return { title: String(row['title']), body: String(row['body']) };
}

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** Stands for the embedding that was made when the article was written. */
function articleVector(id: number): number[] {
  return Array.from({ length: EMBEDDING_DIMENSIONS }, (_, index) =>
    Number(Math.sin((id + 1) * (index + 1)).toFixed(4)),
  );
}

const HANDBOOK: Readonly<Record<Topic, readonly string[]>> = {
  delivery: [
    'A standard parcel takes two to four working days. The promise starts when the payment has arrived, not when the order was placed, and it does not count Sundays or the public holidays of the country of delivery.',
    'A parcel counts as late on the second working day after the promised one. From then on the customer may have the delivery fee back, without being asked why, and an agent may grant it without approval.',
    'A parcel counts as lost on the tenth working day after the promised one, or when the carrier says so. The customer chooses between a second parcel and the money; we do not choose for the customer.',
    'A parcel that was left with a neighbour counts as delivered only when the neighbour is named in the note of the carrier. Without a name, treat the parcel as not delivered and open a search with the carrier.',
    'Large articles come by appointment. The carrier calls one day ahead. If nobody answers twice, the article goes back to the warehouse and the customer pays the second delivery, except when the number was ours to check.',
    'The address can be changed until the parcel has left the warehouse. After that only the carrier can change it, and only within the same country. Never promise a change of address after the parcel was sent.',
  ],
  returns: [
    'Every article can be sent back within thirty days of delivery, used or not, with the exception of food, cut fabric and opened software. The day of delivery does not count, and the day of posting decides.',
    'The return label is in the parcel. A customer without a label gets one by mail within one hour. Returns are free within the country; from abroad the customer pays the postage and gets it back for faulty goods.',
    'The money goes back the way it came, within five working days of the arrival in our warehouse. A voucher is only sent when the customer asks for one in writing. A gift is paid back to the person who paid it.',
    'An article that shows more wear than trying it on would leave is paid back in part. The warehouse sets the share and sends a photograph. The agent sends the photograph with the message, not afterwards.',
    'If only a part of a set comes back, the set is paid back at the price of the parts as listed on the day of the order. When the parts have no price of their own, the warehouse divides the price by weight.',
    'An exchange is a return with a new order. The new order keeps the old price for fourteen days. The new article is sent as soon as the return is scanned by the carrier, without waiting for the warehouse.',
  ],
  payment: [
    'We take cards, direct debit and payment on invoice. An invoice is due after fourteen days. The first reminder is free, the second costs three euros, and the third goes to the collection partner after a call.',
    'A card that is refused is tried once more after six hours. After the second refusal the order is held for three days, and the customer gets a link to pay in another way. The order is then cancelled without a fee.',
    'A customer who was charged twice gets the second amount back on the same day. Check first whether one of the two charges is only a reservation: a reservation has no booking number and vanishes by itself.',
    'A price that falls within seven days of the order is matched when the customer asks. The difference is paid as a voucher. This does not hold for outlet articles and for prices that were an evident mistake.',
    'Instalments are granted by the bank, not by us. An agent can see that a request was refused but not why, and must not guess. Refer the customer to the letter of the bank.',
  ],
  warranty: [
    'The warranty is two years from the day of delivery for everything with a plug and for furniture. In the first year we assume that the fault was there from the start; later the customer shows that it was.',
    'We repair once. When the same fault comes back, the customer chooses between a new article and the money. When the article is no longer sold, the customer gets the money and not a similar article.',
    'Normal wear is not a fault: batteries that lose capacity, soles that wear down, colours that fade in the sun. In doubt ask for a photograph and show it to the workshop before you answer.',
    'The maker may grant more than we do. Give the customer the address of the maker, but never send the customer there instead of handling our own warranty first, even when the maker would be faster.',
    'A repair takes up to three weeks. For fridges, washing machines and hearing aids we lend a replacement from the fourth day on. The replacement is brought and collected at our cost.',
  ],
};
