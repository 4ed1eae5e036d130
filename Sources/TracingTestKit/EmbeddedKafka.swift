import CLibrdkafka

