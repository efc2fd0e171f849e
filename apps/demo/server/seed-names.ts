/** Given and family names that go together. */
export interface NamePool {
  readonly given: readonly string[]
  readonly family: readonly string[]
}

const words = (text: string): readonly string[] => text.split(" ")

/** Where names of several parts of the world come from, so that a list looks like a real company's. */
export const namePools: readonly NamePool[] = [
  {
    given: words("Amelia Oliver Grace Thomas Hannah Samuel Charlotte Daniel Lucy Benjamin Naomi Edward"),
    family: words("Walker Bennett Hughes Carter Fletcher O’Connor Whitfield Sutton Ashworth Reid Marlowe Pearce"),
  },
  {
    given: words("Sofía Mateo Lucía Andrés Valentina Joaquín Inés Álvaro Ximena Rubén Noelia Iker"),
    family: words("García Muñoz Ibáñez Castaño Peña Quintero Salazar Vázquez Ordóñez Zúñiga Rojas Herrera"),
  },
  {
    given: words("Zoë Jürgen Anneliese Lukas Friederike Björn Heike Matthias Käthe Søren Ingrid Åsa"),
    family: words("Müller Schäfer Weiß Lindqvist Sørensen Krüger Vogel Håkansson Brandt Østergård Jäger Nyström"),
  },
  {
    given: words("Łukasz Agnieszka Milena Tomáš Zuzana Andrei Ioana Dragan Kateřina Wojciech Oksana Bohdan"),
    family: words(
      "Kowalski Wiśniewska Novák Dvořáková Popescu Ionescu Jovanović Horák Zieliński Kovalenko Șerban Bartoš",
    ),
  },
  {
    given: words("Aarav Priya Rohan Ananya Vikram Meera Arjun Kavya Siddharth Lakshmi Imran Nandini"),
    family: words("Sharma Iyer Banerjee Reddy Chaudhary Nair Kapoor Mukherjee Desai Krishnan Qureshi Pillai"),
  },
  {
    given: words("Wei Xiuying Jiahao Yating Minh Linh Haruto Sakura Ji-woo Seo-yeon Kenji Mei"),
    family: words("Chen Zhang Nguyễn Trần Tanaka Watanabe Kim Park Huang Phạm Suzuki Lin"),
  },
  {
    given: words("Amina Omar Layla Yusuf Fatima Karim Nour Tariq Samira Hassan Leila Reza"),
    family: words("Haddad El-Sayed Mansour Rahimi Benali Khoury Farouk Aziz Nasser Yılmaz Demir Hosseini"),
  },
  {
    given: words("Chidi Ngozi Kwame Ama Thabo Naledi Wanjiru Otieno Folasade Sipho Abeni Tendai"),
    family: words("Okafor Adeyemi Mensah Boateng Dlamini Nkosi Kamau Odhiambo Eze Moyo Balogun Chukwu"),
  },
  {
    given: words("Camille Étienne Chloé Rémi Giulia Matteo Beatriz João Helena Duarte Noé Chiara"),
    family: words("Lefèvre Dubois Françoise Moreau Ricci Esposito Gonçalves Araújo Conceição Ferrari Petit Simões"),
  },
]

/** People who write their name in another script, and the part of their email before the @. */
export const nativeScriptNames: readonly (readonly [displayName: string, mailbox: string])[] = [
  ["田中 美咲", "misaki.tanaka"],
  ["王 小明", "xiaoming.wang"],
  ["김 서연", "seoyeon.kim"],
  ["Ольга Петрова", "olga.petrova"],
  ["Γιώργος Παπαδόπουλος", "giorgos.papadopoulos"],
  ["ليلى حداد", "leila.haddad"],
  ["אורי לוי", "uri.levi"],
  ["प्रिया शर्मा", "priya.sharma.in"],
]

/** Teams, the large ones several times so that they get more people. */
export const teams: readonly string[] = words(
  "Platform Platform Platform Payments Payments Mobile Mobile Data Data Support Support Support Sales Sales Sales " +
    "Design Security Finance People Marketing Research Legal",
)
